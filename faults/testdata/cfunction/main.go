// Cfunction is a function whose process has a C library in it that interrupts it every
// 700 µs, by a timer whose signal does not restart the system call it has interrupted. Its
// handler calls into C, and C calls into Go while the loop waits.
package main

// #include "clock.h"
import "C"

import (
	"bytes"
	"strconv"

	"github.com/minlambda/minlambda"
)

var calls = make(chan int, 1000)

//export called
func called(n C.int) { calls <- int(n) }

func main() {
	if C.start_clock(700) != 0 {
		panic("no clock")
	}
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		switch {
		case bytes.Equal(event, []byte("ticks")):
			return strconv.AppendInt(dst, int64(C.ticks()), 10), nil
		case bytes.HasPrefix(event, []byte("thread")):
			if C.start_thread() != 0 {
				panic("no thread")
			}
			return append(dst, event...), nil
		case bytes.Equal(event, []byte("calls")):
			return strconv.AppendInt(dst, int64(len(calls)), 10), nil
		}
		C.nap()
		return event, nil
	})
}
