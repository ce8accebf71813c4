//go:build linux

package conformance

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A mode is one of the emulator's two.
type mode int

const (
	classic mode = iota // one invocation at a time
	managed             // Lambda Managed Instances: several
)

var modes = []mode{classic, managed}

func (m mode) String() string { return [...]string{"classic", "managed"}[m] }

// A setup is what an emulator is started with.
type setup struct {
	mode    mode
	program string // its package
	workers int    // in managed mode; 0 is 1
	timeout int    // of an invocation, in seconds; 0 is five minutes
	env     []string
	flags   []string // of the emulator

	// between starts what the function finds at AWS_LAMBDA_RUNTIME_API in place of
	// the API, and returns its address; nil is nothing.
	between func(t *testing.T, api string) (addr string)
}

// An emulator is AWS's, with a function in it.
type emulator struct {
	t      *testing.T
	url    string // where callers POST
	api    string // the Runtime API's address
	dir    string // where the function's program lies
	log    string // a file: what emulator and function have written
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the emulator's process has ended
	client *http.Client

	refused atomic.Int64 // events for which there was no worker
}

// start starts an emulator, which lives until the test ends.
func start(t *testing.T, s setup) *emulator {
	t.Helper()
	if s.mode == managed {
		needNamespaces(t)
	}
	for range 5 {
		e := try(t, s)
		if e.ready() {
			return e
		}
		if said := e.said(); !strings.Contains(said, inUse) {
			t.Fatalf("the emulator does not listen; it said:\n%s", said)
		}
	}
	t.Fatal("no free port stays free")
	return nil
}

func try(t *testing.T, s setup) *emulator {
	t.Helper()
	dir, caller, api := newDir(t), freeAddr(t), freeAddr(t)
	e := &emulator{
		t: t, url: "http://" + caller + "/2015-03-31/functions/function/invocations",
		api: api, dir: dir, log: filepath.Join(dir, "log"), ended: make(chan struct{}),
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 100},
			Timeout:   patience,
		},
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	if s.between == nil {
		link(t, build(t, s.program), bootstrap)
	} else {
		wrap(t, build(t, s.program), bootstrap, s.between(t, api))
	}
	args := append([]string{
		build(t, emulatorPackage), "--log-level", "error",
		"--runtime-interface-emulator-address", caller, "--runtime-api-address", api,
	}, s.flags...)
	args = append(args, bootstrap)
	if s.mode == managed {
		args = append([]string{"sh", "-c", inNamespace, "sh", dir}, args...)
	}
	e.cmd = exec.Command(args[0], args[1:]...)
	e.cmd.Dir = dir
	e.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/"}, s.env...)
	if s.timeout > 0 {
		e.cmd.Env = append(e.cmd.Env, "AWS_LAMBDA_FUNCTION_TIMEOUT="+strconv.Itoa(s.timeout))
	}
	// It ends with the tests, should they be killed.
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if s.mode == managed {
		e.cmd.Env = append(e.cmd.Env,
			"AWS_LAMBDA_MAX_CONCURRENCY="+strconv.Itoa(max(s.workers, 1)))
		e.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
	}
	e.launch()
	return e
}

// newDir is t.TempDir beside the programs, so that they can be linked, and with a
// name that the emulator stands: not with a # as those of subtests may have.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(built.dir, "emulator-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// launch starts the emulator, and sees to it that nothing of it is left when the
// test ends.
func (e *emulator) launch() {
	e.t.Helper()
	log, err := os.Create(e.log)
	if err != nil {
		e.t.Fatal(err)
	}
	defer log.Close()
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if err = e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	go func() {
		_ = e.cmd.Wait() // nobody asks with which status
		close(e.ended)
	}()
	e.t.Cleanup(func() {
		e.client.CloseIdleConnections()
		_ = e.cmd.Process.Kill() // it may have ended
		<-e.ended
		e.bury()
		if e.t.Failed() {
			e.t.Logf("emulator and function said:\n%.10000s", e.said())
		}
	})
}

// inNamespace copies what the function is made of to /var/task, where managed mode
// looks for it whatever its arguments say, and becomes the emulator. Nobody else
// sees that directory; and since the emulator is the first process of its
// namespace, the function ends with it.
const inNamespace = `set -e
mount --make-rprivate /
cd "$1"
mount -t tmpfs -o mode=755 none /var
mkdir -m 755 /var/task
for f in bootstrap function; do [ ! -e $f ] || install -m 755 $f /var/task; done
shift
exec "$@"`

// needNamespaces skips a test that needs managed mode where there can be none.
func needNamespaces(t *testing.T) {
	t.Helper()
	if err := namespaces(); err != nil {
		t.Skipf("managed mode needs root, and namespaces of its own: %v", err)
	}
}

var namespaces = sync.OnceValue(func() error {
	if os.Getuid() != 0 {
		return fmt.Errorf("the user is %d", os.Getuid())
	}
	cmd := exec.Command("sh", "-c", "mount --make-rprivate / && mount -t tmpfs none /var")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w %s", err, out)
	}
	return nil
})

// link puts a program where the emulator looks for it. The link has a path of its
// own, by which bury finds the processes.
func link(t *testing.T, program, at string) {
	t.Helper()
	if err := os.Link(program, at); err != nil {
		t.Fatal(err)
	}
}

// wrap is link for a function that finds something else in place of the API, as
// where AWS_LAMBDA_EXEC_WRAPPER names a script that puts it in between.
func wrap(t *testing.T, program, at, addr string) {
	t.Helper()
	link(t, program, filepath.Join(filepath.Dir(at), "function"))
	script := "#!/bin/sh\nexport AWS_LAMBDA_RUNTIME_API=" + addr +
		"\nexec \"${0%/*}/function\" \"$@\"\n"
	if err := os.WriteFile(at, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// ports are those that tests have taken. They begin at a place of chance, below
// those that the system takes for connections: the emulator wants to be told a port,
// and nobody else may have it before it listens.
var ports = struct {
	sync.Mutex
	next int
}{next: 12_000 + rand.IntN(18_000)}

// freeAddr is an address on which nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range 1000 {
		if ports.next++; ports.next == 32_000 {
			ports.next = 12_000
		}
		addr := fmt.Sprint("127.0.0.1:", ports.next)
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// inUse is what an emulator says whose port is another's.
const inUse = "address already in use"

// ready waits until the emulator listens, or has ended.
func (e *emulator) ready() bool {
	return e.listens(e.api) && e.listens(strings.Split(e.url, "/")[2])
}

func (e *emulator) listens(addr string) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-e.ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return !strings.Contains(e.said(), inUse) // else it is another's port
		}
	}
	return false
}

// said is what emulator and function have written so far.
func (e *emulator) said() string {
	text, err := os.ReadFile(e.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// bury kills the processes that a classic emulator leaves behind: those of the
// programs in its directory.
func (e *emulator) bury() {
	for _, pid := range e.processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
	for deadline := time.Now().Add(patience); len(e.processes()) > 0; {
		if time.Now().After(deadline) {
			e.t.Errorf("processes %d do not end", e.processes())
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// processes are those of the programs in the emulator's directory: in classic
// mode the function's. In the other they have a namespace of their own.
func (e *emulator) processes() (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, l := range links {
		if exe, err := os.Readlink(l); err == nil && filepath.Dir(exe) == e.dir {
			pid, _ := strconv.Atoi(strings.Split(l, "/")[2])
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// A reply is what a caller gets.
type reply struct {
	status int
	kind   string // the header Error-Type, which managed mode has
	body   string
}

// String is the reply in one line; a long body is summed up.
func (r reply) String() string {
	body := r.body
	if len(body) > 4096 {
		first, rest := body[:1], body[len(body)-200:]
		if strings.Trim(body, first) == "" {
			rest = "of " + first
		}
		body = fmt.Sprintf("(%d bytes %s)", len(body), rest)
	}
	if r.kind != "" {
		body = r.kind + " " + body
	}
	return fmt.Sprint(r.status, " ", body)
}

// unavailable is what managed mode tells a caller whose event finds no worker that
// waits for one. The event has reached nobody.
const unavailable = "Runtime.Unavailable"

// invoke is a caller with an event, who may say more in headers, and who comes
// again as long as there is no worker for it.
func (e *emulator) invoke(event string, headers ...string) (reply, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		r, err := e.once(event, headers...)
		if err != nil || r.kind != unavailable || time.Now().After(deadline) {
			return r, err
		}
		e.refused.Add(1)
	}
}

// once is invoke for one who does not come again.
func (e *emulator) once(event string, headers ...string) (reply, error) {
	req, err := http.NewRequest(http.MethodPost, e.url, strings.NewReader(event))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if resp.ContentLength > 0 {
		body.Grow(int(resp.ContentLength))
	}
	_, err = io.Copy(&body, resp.Body)
	return reply{resp.StatusCode, resp.Header.Get("Error-Type"), body.String()}, err
}

// ask is invoke for a test that can't go on without a reply.
func (e *emulator) ask(event string, headers ...string) reply {
	e.t.Helper()
	r, err := e.invoke(event, headers...)
	if err != nil {
		e.t.Fatalf("%.100q: %v", event, err)
	}
	return r
}
