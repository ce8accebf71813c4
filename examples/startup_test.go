package examples_test

import (
	"regexp"
	"testing"

	"github.com/minlambda/minlambda/internal/processtest"
)

// A start-up that succeeds serves; one that fails is reported, printed, and the end.
func TestInitExample(t *testing.T) {
	t.Parallel()
	p := processtest.Example(t, "init", "FAIL=").Start()
	if r := p.Invoke("\x00 anything"); string(r.Body) != "\x00 anything" {
		t.Errorf("got %q", r.Body)
	}
	p.Silent()

	p = processtest.Example(t, "init", "FAIL=error").Start()
	const line = "minlambda: init: error: errorString: start-up failed\n"
	if out := p.Exits(1); out != line {
		t.Errorf("printed %q, want %q", out, line)
	}
	const report = `{"errorMessage":"start-up failed","errorType":"errorString"}`
	if e := p.API.InitError(); e == nil || string(e.Raw) != report ||
		e.Header.Get("Lambda-Runtime-Function-Error-Type") != "Function.ErrorString" {
		t.Errorf("reported %v, want %s", e, report)
	}

	p = processtest.Example(t, "init", "FAIL=panic").Start()
	lines := regexp.MustCompile(`^minlambda: init: panic: string: start-up panicked\n` +
		`main\.start\(\.\.\.\)\n\tmain/main\.go:\d+\n(.+\(\.\.\.\)\n\t.+:\d+\n)*` +
		`main\.main\(\.\.\.\)\n\tmain/main\.go:\d+\n$`)
	if out := p.Exits(1); !lines.MatchString(out) {
		t.Errorf("printed %q", out)
	}
	stack := regexp.MustCompile(`^\{"errorMessage":"start-up panicked","errorType":"string",` +
		`"stackTrace":\[\{"path":"main/main\.go","line":\d+,"label":"start"\},.*\]\}$`)
	if e := p.API.InitError(); e == nil || !stack.Match(e.Raw) ||
		e.Header.Get("Lambda-Runtime-Function-Error-Type") != "Runtime.Panic" {
		t.Errorf("reported %v", e)
	}
}

// Two processes have different IDs, each one and the same for all events, with SnapStart and
// without.
func TestSnapstartExample(t *testing.T) {
	t.Parallel()
	good := regexp.MustCompile(`^\{"id":"[0-9a-f]{16}"\}$`)
	seen := map[string]bool{}
	for _, snap := range []bool{false, true} {
		p := processtest.Example(t, "snapstart")
		if snap {
			p.SnapStart().Start()
			p.Await(p.API.Snapshot())
			p.API.Restore()
		} else {
			p.Start()
		}
		first, second := string(p.Invoke("{}").Body), string(p.Invoke("{}").Body)
		if !good.MatchString(first) || second != first || seen[first] {
			t.Errorf("got %q, then %q", first, second)
		}
		seen[first] = true
		p.Silent()
	}
}
