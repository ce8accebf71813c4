package main

import (
	"bytes"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"github.com/minlambda/minlambda"
)

const childVariable = "MINLAMBDA_LONGRUN_CHILD"

// serveIfChild is the function, if this process was started to be it: then it
// doesn't return.
func serveIfChild() {
	if os.Getenv(childVariable) != "" {
		time.Sleep(time.Nanosecond) // the Go runtime's poller for timers has two descriptors: let them be there from the beginning
		minlambda.RunConcurrent(func() *minlambda.Loop {
			f := new(function)
			if os.Getenv(childVariable) == wholeResponses {
				return &minlambda.Loop{Handler: f.handle}
			}
			return &minlambda.Loop{Invoke: f.invoke}
		})
	}
}

// What childVariable says: whether the function can stream.
const (
	wholeResponses = "whole"
	streamsToo     = "streams"
)

// The first byte of an event says what the function does with it.
const (
	echoes    = 'e' // appends the event to dst
	returns   = 'r' // returns the event
	cuts      = 'c' // returns a part of the event, see part
	reverses  = 'v' // returns a slice of its own: the event backwards
	triples   = 't' // appends the event three times, more than there is room for
	fails     = 'f' // returns an error with the event for a message
	panics    = 'p' // panics with the event for a message
	oversizes = 'o' // returns more than a response may have
	collects  = 'm' // gives back the memory that it can, and echoes
	streams   = 's' // echoes in pieces, each sent by itself, at times after a prelude
	tires     = 'l' // streams, and then returns an error with the event for a message
)

// part is what a function that cuts keeps of an event of n bytes.
func part(n int) (from, to int) { return n / 3, n - n/3 }

type function struct{ own []byte }

func (f *function) handle(dst, event []byte) ([]byte, error) {
	if len(event) == 0 {
		return dst, nil
	}
	switch event[0] {
	case echoes:
		return append(dst, event...), nil
	case cuts:
		from, to := part(len(event))
		return event[from:to], nil
	case reverses:
		f.own = f.own[:0]
		for i := len(event) - 1; i >= 0; i-- {
			f.own = append(f.own, event[i])
		}
		return f.own, nil
	case triples:
		for range 3 {
			dst = append(dst, event...)
		}
		return dst, nil
	case fails, tires:
		return append(dst, "not to be seen"...), errors.New(string(event))
	case panics:
		panic(string(event))
	case oversizes:
		if cap(f.own) <= minlambda.MaxResponse {
			f.own = make([]byte, 0, minlambda.MaxResponse+1)
		}
		return f.own[:minlambda.MaxResponse+1], nil
	case collects:
		debug.FreeOSMemory()
		return append(dst, event...), nil
	}
	return event, nil
}

// invoke is handle for a function that can stream.
func (f *function) invoke(inv *minlambda.Invocation) error {
	event := inv.Event()
	if len(event) == 0 || event[0] != streams && event[0] != tires {
		out, err := f.handle(inv.Dst(), event)
		inv.SetResponse(out)
		return err
	}
	if len(event)%3 == 0 {
		inv.SetPrelude([]byte(`{"statusCode":200}`))
	}
	for n := 1 + len(event)%1000; len(event) > 0; n *= 4 { // long ones are sent from where they are
		piece := event[:min(n, len(event))]
		event = event[len(piece):]
		if n%2 == 0 {
			inv.ReadFrom(bytes.NewReader(piece))
		} else {
			inv.Write(piece)
		}
		inv.Flush()
	}
	if event = inv.Event(); event[0] == tires {
		return errors.New(string(event))
	}
	return nil
}
