//go:build (amd64 || arm64) && !minlambda_net

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() {
	children["appending"] = func() {
		minlambda.Run(func(dst, event []byte) ([]byte, error) {
			if len(event)%2 == 1 {
				return answer(make([]byte, 0, 2<<20), event)
			}
			return answer(dst, event)
		})
	}
}

// injected runs a function under strace, which makes system calls fail without
// the kernel having done anything of them. The function answers some events from
// the write buffer, and others with memory of its own.
func injected(t *testing.T, rules ...string) *process {
	t.Helper()
	strace := tracer(t)
	args := []string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto,sendmsg,recvfrom"}
	for _, rule := range rules {
		args = append(args, "-e", "inject="+rule)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(strace, append(args, self)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := launch(t, "", cmd, childVariable+"=appending")
	t.Cleanup(func() { killGroup(p) })
	return p
}

// A kernel that has no memory for a call for a moment costs no invocation, no
// second request and no connection; nor does a signal.
func TestShortageOfKernelMemory(t *testing.T) {
	t.Parallel()
	sizes := []int{10, 2000, 60 << 10, 100 << 10, 1 << 20, 2001, 100<<10 + 1}
	for _, call := range []string{"sendto", "sendmsg", "recvfrom"} {
		for _, errno := range []string{"ENOBUFS", "ENOMEM", "EINTR"} {
			t.Run(call+" "+errno, func(t *testing.T) {
				t.Parallel()
				p := injected(t, fmt.Sprintf("%s:error=%s:when=1+2", call, errno))
				for _, size := range sizes {
					event := strings.Repeat("e", size)
					pending := p.api.Queue(lambdatest.Event{Payload: []byte(event)})
					if wrong := answered(result(t, pending), event); wrong != "" {
						t.Errorf("%d bytes: %s", size, wrong)
					}
					if n := posts(p.api, pending.RequestID()); n != 1 {
						t.Errorf("%d bytes: %d POSTs", size, n)
					}
				}
				if n := p.api.Connections(); n != 1 {
					t.Errorf("%d connections", n)
				}
				if said := killGroup(p); said != "" {
					t.Errorf("it said %q", said)
				}
			})
		}
	}
}

// One that goes on for too long ends the process, with a line that names it: a
// part of a request may be on its way, and no answer will come to that.
func TestShortageForEver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ call, errno, says string }{
		{"sendto", "EIO", "input/output error"},
		{"sendmsg", "ENOBUFS", "no buffer space available"},
		{"sendmsg", "EIO", "input/output error"},
		{"recvfrom", "ENOMEM", "cannot allocate memory"},
	} {
		t.Run(c.call+" "+c.errno, func(t *testing.T) {
			if testing.Short() && c.call == "recvfrom" {
				t.Skip("takes ten shortages, one for each connection that is tried")
			}
			t.Parallel()
			// From the first call on: strace counts by thread, and threads take turns.
			p := injected(t, fmt.Sprintf("%s:error=%s", c.call, c.errno))
			event := strings.Repeat("e", 100<<10+1) // is answered by sendmsg
			p.api.Queue(lambdatest.Event{Payload: []byte(event)})
			lines := strings.Split(strings.TrimSuffix(p.exits(1), "\n"), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "minlambda: ") ||
				!strings.Contains(last, c.says) {
				t.Errorf("it said %q", lines)
			}
		})
	}
}
