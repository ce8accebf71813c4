package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// withHosts is the echo example with another /etc/hosts, in namespaces of its
// own. Where the system allows none, the test is skipped.
func withHosts(t *testing.T, hosts string) *exec.Cmd {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(hosts), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-rm", "sh", "-c", `mount --bind "$0" /etc/hosts && exec "$@"`, file}
	if out, err := exec.Command("unshare", append(args, "true")...).CombinedOutput(); err != nil {
		t.Skipf("no namespaces here: %v, %s", err, out)
	}
	return exec.Command(
		"unshare",
		append(args, program.Command(looptest.Example(t, "echo")).Args...)...)
}

// Emulators that run a function in a container pass a name that only the hosts
// file knows. The process finds the Runtime API by it, though the first of its
// addresses has no server.
func TestRuntimeAPIByName(t *testing.T) {
	t.Parallel()
	const name = "Host.docker.internal"
	api := looptest.Serve(t)
	port := api.Addr()[strings.LastIndexByte(api.Addr(), ':'):]
	cmd := withHosts(t, "127.0.0.1 localhost\n# an emulator's\n::1 host.docker.internal other\n"+
		"127.0.0.1\thost.docker.internal\n")
	launch(t, name+port, cmd)
	for _, event := range []string{"one", strings.Repeat("large ", 2000)} {
		r := looptest.Result(t, api.Queue(lambdatest.Event{Payload: []byte(event)}))
		if r.Err != nil || string(r.Body) != event {
			t.Errorf("%.10q came back as %s", event, outcome(r))
		}
	}
	for _, r := range api.Requests() {
		if !strings.Contains(string(r.Head), "\r\nHost: "+name+port+"\r\n") {
			t.Errorf("asked for another host: %q", r.Head)
		}
	}
}

// A name that is not there ends the process with a line that says where it was
// looked for.
func TestRuntimeAPIByUnknownName(t *testing.T) {
	t.Parallel()
	p := launch(t, "host.docker.internal:9001", withHosts(t, "127.0.0.1 localhost\n"))
	want := `minlambda: AWS_LAMBDA_RUNTIME_API: the hosts file has no address for the name,` +
		` which is looked up nowhere else: "host.docker.internal:9001" in /etc/hosts; `
	out := p.Exits(1)
	if strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, want) {
		t.Errorf("it said %q; want %q", out, want)
	}
}
