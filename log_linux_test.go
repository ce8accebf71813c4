package minlambda_test

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() {
	children["does not block"] = func() {
		if err := syscall.SetNonblock(syscall.Stderr, true); err != nil {
			panic(err)
		}
		minlambda.Run(func(dst, event []byte) ([]byte, error) {
			panic(strings.Repeat(string(event), 50_000))
		})
	}
}

// pipe is a pipe of one page as p's standard error; it returns the end to read.
func pipe(t *testing.T, p *process) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), syscall.F_SETPIPE_SZ,
		4096); errno != 0 {
		t.Skip("a pipe stays larger than a page:", errno)
	}
	p.cmd.Stderr = w
	p.start()
	w.Close()
	return r
}

// Where standard error does not block, and its reader is slow, all is written: the message, the
// stack, and the line that says why the process ends. The child sets O_NONBLOCK, as a parent that
// shares the pipe may.
func TestStandardErrorThatDoesNotBlock(t *testing.T) {
	p := child(t, "does not block")
	r := pipe(t, p)
	if _, err := p.invoke("xy"); err == nil {
		t.Error("nothing was reported")
	}
	var all bytes.Buffer
	for buf := make([]byte, 3000); ; time.Sleep(time.Millisecond) {
		n, err := r.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			break
		}
	}
	p.exits(1)
	got := all.String()
	want := " string: " + strings.Repeat("xy", 96<<9) + "… (1696 bytes more)\n"
	if !strings.Contains(got, want) || !strings.Contains(got, "/log_linux_test.go:") ||
		!strings.HasSuffix(got, "minlambda: handler: panic: \""+strings.Repeat("xy",
			60)+"\" and 99880 bytes more\n") {
		t.Errorf("%d bytes came: %.100q … %q", len(got), got, got[max(0, len(got)-200):])
	}
}

// Where nobody reads it, the report still arrives, and the process still ends.
func TestStandardErrorThatNobodyReads(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as the loop is patient")
	}
	t.Parallel()
	p := child(t, "does not block")
	pipe(t, p)
	r, err := p.api.Queue(lambdatest.Event{Payload: []byte("xy")}).Wait(p.ctx)
	if err != nil || r.Err == nil {
		t.Errorf("ended with %+v, %v", r, err)
	}
	p.exits(1)
}
