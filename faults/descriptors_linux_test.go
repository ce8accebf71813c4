package faults

import (
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() { children["greedy"] = greedy }

// greedy has no descriptors left after the event "all", or for half a second after "some".
func greedy() {
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		limit := func(n uint64) {
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE,
				&syscall.Rlimit{Cur: n, Max: 100}); err != nil {
				panic(err)
			}
		}
		switch string(event) {
		case "all":
			limit(3)
		case "some":
			limit(3)
			go func() {
				half := syscall.NsecToTimespec(500e6) // time.Sleep wants descriptors
				syscall.Nanosleep(&half, &half)
				limit(100)
			}()
		}
		return answer(dst, event)
	})
}

// A function without a descriptor to spare serves on its connection. When that is gone it tries for
// a while, and says why it ends, in one line.
func TestNoDescriptors(t *testing.T) {
	t.Parallel()
	p := child(t, "greedy")
	for _, event := range []string{"all", "fine", "fine"} {
		if wrong := answered(looptest.Result(t,
			p.API.Queue(lambdatest.Event{Payload: []byte(event)})), event); wrong != "" {
			t.Fatal(wrong)
		}
	}
	p.API.Drop()
	says := p.Exits(1)
	if !strings.HasPrefix(says, "minlambda: connect: ") ||
		!strings.HasSuffix(says, "too many open files: to "+p.API.Addr()+"\n") ||
		strings.Count(says, "\n") != 1 {
		t.Errorf("it said %q", says)
	}
}

func TestNoDescriptorsForAWhile(t *testing.T) {
	t.Parallel()
	p := child(t, "greedy")
	// The connection is closed behind the event: there is none to be had for the response.
	pending := p.API.Queue(lambdatest.Event{Payload: []byte("some"), Close: true})
	if wrong := answered(looptest.Result(t, pending), "some"); wrong != "" {
		t.Fatal(wrong)
	}
	fine(t, p.API)
	if got := posts(p.API, pending.RequestID()); got != 1 {
		t.Errorf("%d POSTs", got)
	}
	if said := p.Kill(); said != "" {
		t.Errorf("it said %q", said)
	}
}

func TestNoDescriptorsFromTheStart(t *testing.T) {
	t.Parallel()
	if program.Emulated() {
		t.Skip("the emulator itself takes more descriptors")
	}
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip(
			"package net's socket, which " + runtime.GOARCH +
				" has, needs a poller: Go ends the process",
		)
	}
	p := launch(
		t,
		"",
		exec.Command("/bin/sh", "-c", `ulimit -n 3; exec "$0"`, looptest.Example(t, "echo")),
	)
	if says := p.Exits(1); !strings.HasPrefix(says,
		"minlambda: connect: too many open files: to 127.0.0.1:") ||
		strings.Count(says, "\n") != 1 {
		t.Errorf("it said %q", says)
	}
}

func init() { children["closing"] = closing }

// closing closes standard streams, and prints to them all the same.
func closing() {
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		switch string(event) {
		case "close":
			for fd := range 3 {
				syscall.Close(fd)
			}
		case "print":
			for fd := range 3 {
				syscall.Write(fd, []byte("GET / HTTP/1.1\r\n\r\n"))
			}
		case "panic":
			panic("on no standard error")
		}
		return answer(dst, event)
	})
}

// The numbers of closed standard streams do not go to the connection that is
// made next: the Runtime API would get what the program prints.
func TestStandardStreamsClosed(t *testing.T) {
	t.Parallel()
	p := child(t, "closing")
	send := func(event string) lambdatest.Result {
		t.Helper()
		return looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(event)}))
	}
	for range 2 {
		for _, event := range []string{"close", "print", "fail", "print"} {
			if wrong := answered(send(event), event); wrong != "" {
				t.Fatal(wrong)
			}
			p.API.Drop()
		}
	}
	if r := send("panic"); r.Err == nil || r.Err.Message != "on no standard error" {
		t.Errorf("a panic is %s", outcome(r))
	}
	p.Exits(1)
}
