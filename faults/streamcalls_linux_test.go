//go:build (amd64 || arm64) && !minlambda_net

package faults

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/lambdatest"
)

// Each part of a stream, and each 32 KiB of a longer one, is one system call; the head leaves with
// the first, and the end and the GET for the next event with what is written after the last. Then
// an answer and an event are read.
func TestCallsOfAStream(t *testing.T) {
	strace := tracer(t)
	log := filepath.Join(t.TempDir(), "calls")
	cmd := exec.Command(strace, "-f", "-qq", "-o", log,
		"-e", "trace=network,read,write,readv,writev,poll,ppoll,epoll_wait,epoll_pwait",
		example(t, "stream"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := launch(t, "", cmd)
	t.Cleanup(func() { killGroup(p) })
	const n = 20
	for range n {
		// Two parts, four times 32 KiB, and the end.
		r := result(t, p.api.Queue(lambdatest.Event{
			Payload: []byte(`{"parts":["a","b"],"size":131072}`)}))
		if len(r.Body) != 2+128<<10 {
			t.Fatalf("%d bytes came, %s", len(r.Body), outcome(r))
		}
	}
	sends, reads := 0, 0
	for _, name := range calls(t, log) {
		switch name {
		case "sendto", "sendmsg":
			sends++
		case "recvfrom":
			reads++
		}
	}
	// The first GET is one more. A write that the kernel takes in two pieces is rare, but possible.
	if sends < 7*n || sends > 8*n+1 {
		t.Errorf("%d writes for %d streams of seven", sends, n)
	}
	if reads > 3*n+n/2 {
		t.Errorf("%d reads for %d streams", reads, n)
	}
	t.Logf("%d writes and %d reads for %d streams", sends, reads, n)
}
