package wrappers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

// A mux of net/http after aws-lambda-go-api-proxy, as people have them, gives the same results, and
// prints the same, on both runtimes: its program differs in an import line.
func TestMux(t *testing.T) {
	t.Parallel()
	mine, other := buildOn(t, "orders", ours), buildOn(t, "orders", theirs)
	for form, shape := range map[string]string{"v1": v1, "v2": v2} {
		t.Run(form, func(t *testing.T) {
			events := []string{"", `{`, `null`, `{}`, `"text"`, `{"httpMethod":7,"version":7}`}
			for _, r := range [][3]string{
				{"/orders", "POST", `{"item":"tea","count":2}`}, {"/orders", "POST", `{"item":`},
				{"/orders/1", "GET", ""}, {"/orders/2", "GET", ""}, {"/orders/x", "GET", ""},
				{"/orders/1", "DELETE", ""}, {"/who", "GET", ""}, {"/picture", "GET", ""},
				{"/%3Cb%3E/../nowhere", "GET", ""}, {"/panic", "GET", ""},
			} {
				events = append(events, fmt.Sprintf(shape, r[0], r[1], r[2]))
			}
			a, b := &process{t: t, file: mine, form: form}, &process{t: t, file: other, form: form}
			created, found := 0, 0
			for _, event := range events {
				id := lambdatest.NewRequestID()
				got, want := a.invoke(event, id), b.invoke(event, id)
				if got != want {
					t.Errorf("%s:\n ours   %s\n theirs %s", event, got, want)
				}
				switch {
				case strings.Contains(got, `"statusCode":201`):
					created++
				case strings.Contains(got, `"statusCode":200`):
					found++
				}
			}
			if created != 1 || found != 3 {
				t.Errorf("%d orders are created, and %d paths found", created, found)
			}
			a.end()
			b.end()
			if got, want := a.output.String(), b.output.String(); got != want || got == "" {
				t.Errorf("ours printed\n%s\ntheirs printed\n%s", got, want)
			}
		})
	}
}

// buildOn builds a program of testdata, which imports package lambda, on this package or on the
// other, whose import line takes its place.
func buildOn(t *testing.T, name, on string) string {
	t.Helper()
	source, err := filepath.Abs(filepath.Join("testdata", name, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`"`+ours+`"`)) {
		t.Fatalf("%s does not import %s", source, ours)
	}
	dir := t.TempDir()
	changed, list := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	file := filepath.Join(dir, "bootstrap.exe")
	text = bytes.Replace(text, []byte(`"`+ours+`"`), []byte(`"`+on+`"`), 1)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	err = errors.Join(err, os.WriteFile(changed, text, 0o600), os.WriteFile(list, overlay, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-overlay", list, "-o", file, "./testdata/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	return file
}

// A process is a program with the Runtime API that it runs against. Like Lambda, it starts the
// program again for the next event after one that has ended it.
type process struct {
	t          testing.TB
	file, form string
	api        *lambdatest.Server
	cmd        *exec.Cmd
	done       chan struct{} // closed when the program has ended
	output     bytes.Buffer  // what the program itself prints, to be read when none runs
	log        bytes.Buffer  // and the runtime
}

func (p *process) start() {
	p.t.Helper()
	if p.api == nil {
		p.api = lambdatest.NewServer()
		p.t.Cleanup(func() {
			p.end()
			p.api.Close()
		})
	}
	cmd, done := exec.Command(p.file), make(chan struct{})
	cmd.Env = append(os.Environ(), "FORM="+p.form, "AWS_LAMBDA_RUNTIME_API="+p.api.Addr(),
		"AWS_LAMBDA_FUNCTION_NAME=orders")
	cmd.Stdout, cmd.Stderr = &p.output, &p.log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(done)
		cmd.Wait()
	}()
	p.cmd, p.done = cmd, done
}

func (p *process) end() {
	if p.cmd != nil {
		p.cmd.Process.Kill()
		<-p.done
		p.cmd = nil
	}
}

// invoke has the event handled, and says what came of it, and of the program.
func (p *process) invoke(event, id string) string {
	p.t.Helper()
	if p.cmd == nil {
		p.start()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.api.Queue(lambdatest.Event{
		Payload: []byte(event), RequestID: id, Deadline: time.Now().Add(time.Hour),
	}).Wait(ctx)
	if err != nil {
		p.end()
		p.t.Fatalf("%s: %v; printed %s", event, err, p.log.String())
	}
	result := fmt.Sprintf("response %q %s", r.Header.Get("Content-Type"), r.Body)
	if e := r.Err; e != nil {
		result = fmt.Sprintf("error %q %q, stack %v", e.Type, e.Message, len(e.StackTrace) > 0)
	}
	for p.api.Waiting() == 0 && ctx.Err() == nil {
		select {
		case <-p.done:
			result += ", " + p.cmd.ProcessState.String()
			p.cmd = nil
			return result
		case <-time.After(time.Millisecond):
		}
	}
	return result + ", lives"
}
