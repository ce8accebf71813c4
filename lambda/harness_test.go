package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

const (
	ours   = "github.com/minlambda/minlambda/lambda"
	theirs = "github.com/aws/aws-lambda-go/lambda"

	// patience bounds every wait. It is only used up when something hangs.
	patience = time.Minute
)

var programs struct {
	sync.Mutex
	built map[string]string
	dir   string
}

// build builds a program of testdata, on this package or on the other, whose import line takes the
// place of this one's.
func build(t testing.TB, name, on string) string {
	t.Helper()
	return compile(t, name, on)
}

// buildFor is build for linux on amd64.
func buildFor(t testing.TB, name, on string) string {
	t.Helper()
	return compile(t, name, on, "GOOS=linux", "GOARCH=amd64")
}

func compile(t testing.TB, name, on string, env ...string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	key := strings.Join(append(env, name, on), " ")
	if file := programs.built[key]; file != "" {
		return file
	}
	if programs.built == nil {
		programs.built = map[string]string{}
		var err error
		if programs.dir, err = os.MkdirTemp("", "lambda"); err != nil {
			t.Fatal(err)
		}
	}
	source, err := filepath.Abs(filepath.Join("testdata", name, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	n := fmt.Sprint(len(programs.built))
	changed := filepath.Join(programs.dir, n+".go")
	if !bytes.Contains(text, []byte(`"`+ours+`"`)) {
		t.Fatalf("%s does not import %s", source, ours)
	}
	text = bytes.Replace(text, []byte(ours), []byte(on), 1)
	overlay, _ := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	list := filepath.Join(programs.dir, n+".json")
	for file, data := range map[string][]byte{changed: text, list: overlay} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(programs.dir, n+".exe")
	args := []string{"build", "-trimpath", "-ldflags", "-s -w", "-overlay", list, "-o", file}
	cmd := exec.Command("go", append(args, "./testdata/"+name)...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	programs.built[key] = file
	return file
}

func TestMain(m *testing.M) {
	status := m.Run()
	os.RemoveAll(programs.dir)
	if status == 0 && flag.Lookup("test.run").Value.String() == "" && !testing.Short() {
		if stale, err := staleRows(); err != nil || len(stale) > 0 {
			fmt.Printf("rows of README.md that no test has met: %q, %v\n", stale, err)
			status = 1
		}
	}
	os.Exit(status)
}

// A function is a program, and the Runtime API that it runs against. Like Lambda, it starts the
// process again for the next event after one that has ended.
type function struct {
	t      testing.TB
	api    *lambdatest.Server
	file   string
	env    []string
	cmd    *exec.Cmd
	output bytes.Buffer  // of all processes; to be read when none runs
	done   chan struct{} // closed when the process has ended
	ended  string        // how the last one has
}

func newFunction(t testing.TB, file string, env ...string) *function {
	f := &function{t: t, api: lambdatest.NewServer(), file: file}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_LAMBDA_") && !strings.HasPrefix(v, "_X_AMZN") {
			f.env = append(f.env, v)
		}
	}
	f.env = append(append(f.env, "AWS_LAMBDA_RUNTIME_API="+f.api.Addr()), env...)
	t.Cleanup(func() {
		f.kill()
		f.api.Close()
	})
	return f
}

func (f *function) start() {
	f.t.Helper()
	f.cmd = exec.Command(f.file)
	f.cmd.Env, f.cmd.Stdout, f.cmd.Stderr = f.env, &f.output, &f.output
	if err := f.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	cmd, done := f.cmd, make(chan struct{})
	f.done = done
	go func() {
		defer close(done)
		cmd.Wait()
	}()
}

func (f *function) kill() {
	if f.cmd != nil {
		f.cmd.Process.Kill()
		<-f.done
		f.cmd = nil
	}
}

// settle waits until the process asks for an event, or has ended, and says which.
func (f *function) settle() string {
	f.t.Helper()
	end := time.Now().Add(patience)
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		select {
		case <-f.done:
			f.ended, f.cmd = f.cmd.ProcessState.String(), nil
			return f.ended
		default:
		}
		if f.api.Waiting() > 0 {
			return "lives"
		}
		if time.Now().After(end) {
			f.kill()
			f.t.Fatalf("the process neither asks nor ends; it printed %s", f.output.String())
		}
		time.Sleep(pause)
	}
}

// outcome is what the Runtime API gets for an event, and what becomes of the process.
type outcome struct {
	kind        string // response, error, or nothing
	streamed    bool
	body        string
	contentType string
	message     string
	errorType   string
	report      string // the JSON of the error, but of one with a stack
	stack       bool
	trailer     bool   // the error came after a part of the response
	process     string // what became of it
}

// invoke has the event handled.
func (f *function) invoke(e lambdatest.Event) (o outcome) {
	f.t.Helper()
	if f.cmd == nil {
		f.start()
		if state := f.settle(); state != "lives" {
			return outcome{kind: "nothing", process: state}
		}
	}
	p := f.api.Queue(e)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-p.Done():
	case <-f.done:
		for f.api.Open() > 0 && ctx.Err() == nil { // what the process has sent is read to its end
			time.Sleep(time.Millisecond)
		}
		select {
		case <-p.Done():
		default:
			o.kind, o.process = "nothing", f.cmd.ProcessState.String()
			f.cmd = nil
			return o
		}
	case <-ctx.Done():
		f.kill()
		f.t.Fatalf("the event is not handled; the function printed %s", f.output.String())
	}
	r, err := p.Wait(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	o = outcomeOf(r)
	o.process = f.settle()
	return o
}

func outcomeOf(r lambdatest.Result) outcome {
	o := outcome{
		kind: "response", streamed: r.Streaming, body: string(r.Body),
		contentType: r.Header.Get("Content-Type"),
	}
	if r.Prelude != nil {
		o.body = string(r.Prelude.Raw) + strings.Repeat("\x00", 8) + o.body
	}
	if e := r.Err; e != nil {
		o.kind, o.message, o.errorType = "error", e.Message, e.Type
		o.stack = len(e.StackTrace) > 0
		if !o.stack {
			o.report = string(e.Raw)
		}
		o.trailer = r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != ""
	}
	return o
}

func (o outcome) String() string {
	short := func(s string) string {
		if len(s) > 300 {
			return fmt.Sprintf("%q… (%d bytes)", s[:300], len(s))
		}
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%s streamed=%v type=%q body=%s trailer=%v stack=%v %q: %s report=%s "+
		"process=%q", o.kind, o.streamed, o.contentType, short(o.body), o.trailer, o.stack,
		o.errorType, short(o.message), short(o.report), o.process)
}

// waits waits until so many loops wait for an event.
func (f *function) waits(n int) {
	f.t.Helper()
	for end := time.Now().Add(patience); f.api.Waiting() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			f.kill()
			f.t.Fatalf("%d wait, want %d; printed %s", f.api.Waiting(), n, f.output.String())
		}
	}
}

// queue starts the process, if none runs, and queues an event.
func (f *function) queue(payload string) *lambdatest.Pending {
	f.t.Helper()
	if f.cmd == nil {
		f.start()
	}
	return f.api.Queue(lambdatest.Event{Payload: []byte(payload)})
}

func (f *function) wait(p *lambdatest.Pending) lambdatest.Result {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.Wait(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func (f *function) result(p *lambdatest.Pending) outcome {
	f.t.Helper()
	return outcomeOf(f.wait(p))
}

// goesOn says whether the process handles another event, or how it has ended.
func (f *function) goesOn() string {
	f.t.Helper()
	if f.cmd == nil {
		return f.ended
	}
	p := f.api.Queue(lambdatest.Event{Payload: []byte(`{"name":"Ada"}`)})
	select {
	case <-p.Done():
		return f.settle()
	case <-f.done:
		return f.cmd.ProcessState.String()
	case <-time.After(patience):
		f.t.Fatalf("the process hangs; it printed %s", f.output.String())
		return ""
	}
}
