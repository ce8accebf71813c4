// Package faults breaks things around a loop that runs, over real sockets and
// with real processes, and looks at what becomes of the invocations: each is
// answered once and with its own answer, or not at all; nothing hangs; and the
// message says what happened. There is nothing in it to import.
//
//	go test ./faults/...        # all of it; with -short every seventh byte
//	go run ./faults/longrun     # a million invocations, with everything mixed
//
// What is broken is in the names of the files. line_test.go has the instrument
// for most of it: a line between the loop and lambdatest's fake Runtime API,
// which can be cut at any byte.
package faults
