// Longrun has a function serve a million invocations of every kind and size, and
// checks each answer byte for byte:
//
//	go run ./faults/longrun
//	go run ./faults/longrun -n 10000 -seed 7
//	go run ./faults/longrun -n 100000 -loops 16
//
// The function is a process of its own, this program once more; when it has
// panicked, which it does now and then, another is started, as Lambda does. On
// the way connections are closed, reset and cut, answers are lost, refused and
// dealt out byte by byte. It fails if an answer is wrong, if an invocation hangs,
// if the function says what it should not, and, on Linux, if its memory, its
// descriptors or its threads grow.
//
// With -loops the function serves several events at once; callers invoke it side
// by side, and each checks its own answers (several.go).
//
// supervise.go is the place to start reading, function.go is the function.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	serveIfChild()
	c := config{progress: os.Stderr, report: os.Stdout, measure: true}
	flag.IntVar(&c.invocations, "n", 1_000_000, "invocations")
	flag.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()), "of what comes, and in which order")
	flag.IntVar(&c.faults, "faults", 50, "one in so many invocations has a fault; 0 is none")
	flag.IntVar(&c.panics, "panics", 20_000, "one in so many invocations panics; 0 is none")
	flag.IntVar(&c.loops, "loops", 0, "loops in the function's process, which serve events at the"+
		" same time; 0 is a function that serves one after the other")
	flag.Parse()
	if flag.NArg() > 0 || c.invocations < 1 || c.faults < 0 || c.panics < 0 ||
		c.loops < 0 || c.loops > 1000 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(c); err != nil {
		fmt.Fprintln(os.Stderr, "longrun:", err)
		os.Exit(1)
	}
}
