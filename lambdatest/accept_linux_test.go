package lambdatest

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
)

// A process without a free descriptor cannot accept. The server says so, and accepts when there is
// one again. The limit is a real one, so the test runs in a process of its own.
func TestAcceptWithoutDescriptors(t *testing.T) {
	if os.Getenv("LAMBDATEST_NO_DESCRIPTORS") == "" {
		if program.Emulated() {
			t.Skip("the limit is the emulator's, which has descriptors of its own")
		}
		child := exec.Command(os.Args[0], "-test.run=^TestAcceptWithoutDescriptors$", "-test.v")
		child.Env = append(os.Environ(), "LAMBDATEST_NO_DESCRIPTORS=1")
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	s := start(t)
	first := dial(t, s) // this also opens what Go needs for sockets
	first.send("GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n")
	first.expect(200)
	first.Close()
	eventually(t, s, 0) // and the server's end of it has no descriptor to give back later
	limit := syscall.Rlimit{Cur: 32, Max: 32}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var taken []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		taken = append(taken, f)
	}
	taken[0].Close() // for the client: nothing is left for the server
	c := dial(t, s)
	for limit := limited(t); len(s.Violations()) == 0; {
		select {
		case <-limit.Done():
			t.Fatal("the server says nothing")
		case <-time.After(time.Millisecond):
		}
	}
	blamed(t, s, `^accept: .*too many open files, 8 times in a row; the server goes on trying$`)
	for _, f := range taken[1:] {
		f.Close()
	}
	c.send("%s", post("none", "response", "", ""))
	c.expect(400)
}
