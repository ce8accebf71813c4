//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A function that has registered an extension gets SIGTERM before it is killed, at the end of the
// run and at a timeout; every other function is killed at once. Here it has enough time to say so:
// the test does not depend on the machine's speed.
func TestTermination(t *testing.T) {
	defer func(d time.Duration) { grace = d }(grace)
	grace = patience
	o := inProcess(t, "SIGTERM, extension", "-d", "{}")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, endLine, reportLine+initField, "SIGTERM")

	o = inProcess(t, "SIGTERM, extension, hang", "-d", "{}", "--timeout", "3")
	o.lines(t, startLine, `pid \d+`, "SIGTERM", `\S+ `+id+` Task timed out after 3\.00 seconds`,
		endLine, reportLine+initField+`\tStatus: timeout`)
	if o.code != 1 || !strings.Contains(o.stdout, "Sandbox.Timedout") {
		t.Errorf("exit code %d, standard output %q", o.code, o.stdout)
	}

	o = inProcess(t, "SIGTERM, no extension", "-d", "{}")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, endLine, reportLine+initField)
}

// inProcess runs the tool within the test.
func inProcess(t *testing.T, behaviour string, args ...string) outcome {
	t.Helper()
	dir := t.TempDir()
	var files [2]*os.File
	for i := range files {
		file, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files[i] = file
	}
	env := "--env=BEHAVIOUR=" + behaviour
	args = append([]string{"invoke", programs.bootstrap, env}, args...)
	o := outcome{code: run(args, streams{nil, files[0], files[1]})}
	for i, text := range []*string{&o.stdout, &o.stderr} {
		written, err := os.ReadFile(files[i].Name())
		if err != nil {
			t.Fatal(err)
		}
		*text = string(written)
	}
	return o
}

// A function that does not end on SIGTERM is killed, and the tool waits until it has ended.
func TestTerminationOfTheStubborn(t *testing.T) {
	t.Parallel()
	o := behave(t, "SIGTERM, extension, stubborn, hang", "-d", "{}", "--timeout", "3")
	pid := 0
	if _, line, _ := strings.Cut(o.stderr, "\npid "); line != "" {
		fmt.Sscan(line, &pid)
	}
	if o.code != 1 || !strings.Contains(o.stdout, "Sandbox.Timedout") || pid == 0 {
		t.Fatalf("exit code %d, output %q, standard error:\n%s", o.code, o.stdout, o.stderr)
	}
	process, err := os.FindProcess(pid)
	if err != nil || process.Kill() == nil {
		t.Errorf("process %d lives on, %v", pid, err)
	}
}

// If the reader of the output goes away, the run ends with an error, and still cleans up.
func TestClosedPipe(t *testing.T) {
	scratch := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	command := exec.Command(programs.tool, "invoke", "testdata/bootstrap", "-d", "1", "-d", "2")
	command.Env = append(os.Environ(), "TMPDIR="+scratch)
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = w, &stderr
	command.Run()
	w.Close()
	o := outcome{"", stderr.String(), command.ProcessState.ExitCode()}
	o.expect(t, 1, "")
	o.lines(t, startLine, endLine, reportLine+initField,
		`minlambda: invoke: response: write /dev/stdout: broken pipe`)
	if left, _ := filepath.Glob(filepath.Join(scratch, "minlambda-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
