package faults

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
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
func pipe(t *testing.T, p *looptest.Process) *os.File {
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
	p.Cmd.Stderr = w
	p.Start()
	w.Close()
	return r
}

// Where standard error does not block, and its reader is slow, all is written: the message, the
// stack, and the line that says why the process ends. The child sets O_NONBLOCK, as a parent that
// shares the pipe may.
func TestStandardErrorThatDoesNotBlock(t *testing.T) {
	p := looptest.PrepareChild(t, "does not block")
	r := pipe(t, p)
	if r := p.Invoke("xy"); r.Err == nil {
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
	p.Exits(1)
	got := all.String()
	want := " string: " + strings.Repeat("xy", 24581) + "… (49163 bytes more)\n"
	if !strings.Contains(got, want) || !strings.Contains(got, "/log_blocks_linux_test.go:") ||
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
	p := looptest.PrepareChild(t, "does not block")
	pipe(t, p)
	if r := p.Invoke("xy"); r.Err == nil {
		t.Errorf("ended with %+v", r)
	}
	p.Exits(1)
}
