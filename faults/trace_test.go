package faults

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// Built with the tag minlambda_trace, a function shows every byte that it sends
// and receives; without it, none. The trace is put together again, and must be
// what the Runtime API has seen and said.
func TestTrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "traced.exe")
	build := program.Go("build", "-tags", "minlambda_trace", "-o", file, "../examples/echo")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const event = "a line\r\nand \x00\xff bytes"
	run := func(cmd *exec.Cmd) (sent, received string) {
		p := launch(t, "", cmd)
		for range 2 {
			looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(event)}))
		}
		for line := range strings.Lines(p.Kill()) {
			fields := strings.SplitN(strings.TrimSpace(line), " ", 4)
			if len(fields) != 4 || fields[0] != "wire" {
				t.Errorf("the function says %q", line)
				continue
			}
			text, err := strconv.Unquote(fields[3])
			if err != nil {
				t.Errorf("%q: %v", line, err)
			}
			switch fields[2] {
			case ">":
				sent += text
			case "<":
				received += text
			}
		}
		return sent, received
	}
	sent, received := run(program.Command(file))
	if strings.Count(sent, event) != 2 || strings.Count(received, event) != 2 ||
		!strings.HasPrefix(sent, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n") ||
		!strings.HasPrefix(received, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("sent %q\nreceived %q", sent, received)
	}
	if sent, received = run(program.Command(looptest.Example(t, "echo"))); sent+received != "" {
		t.Errorf("without the tag: %q, %q", sent, received)
	}
}
