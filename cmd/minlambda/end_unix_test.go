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
)

// A function that has registered an extension gets SIGTERM before it is killed, at the end of the
// run and at a timeout; every other is killed at once.
func TestTermination(t *testing.T) {
	const signal = "SIGTERM"
	o := behave(t, "SIGTERM, extension", "-d", "{}")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, endLine, reportLine+initField, signal)

	o = behave(t, "SIGTERM, extension, hang", "-d", "{}", "--timeout", "0.3")
	o.lines(t, startLine, `pid \d+`, signal, `\S+ `+id+` Task timed out after 0\.30 seconds`,
		endLine,
		reportLine+initField+`\tStatus: timeout`)
	if o.code != 1 || !strings.Contains(o.stdout, "Sandbox.Timedout") {
		t.Errorf("exit code %d, standard output %q", o.code, o.stdout)
	}

	o = behave(t, "SIGTERM, no extension", "-d", "{}")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, endLine, reportLine+initField)
}

// A function that does not end on SIGTERM is killed, and the tool waits until it has ended.
func TestTerminationOfTheStubborn(t *testing.T) {
	o := behave(t, "SIGTERM, extension, stubborn, hang", "-d", "{}", "--timeout", "0.3")
	o.lines(t, startLine, `pid \d+`, "SIGTERM", `\S+ `+id+` Task timed out after 0\.30 seconds`,
		endLine,
		reportLine+initField+`\tStatus: timeout`)
	pid := 0
	if _, line, _ := strings.Cut(o.stderr, "\npid "); line != "" {
		fmt.Sscan(line, &pid)
	}
	process, err := os.FindProcess(pid)
	if err != nil || process.Kill() == nil {
		t.Errorf("process %d lives on, %v", pid, err)
	}
}

// A reader that goes away ends the run with an error, not without cleaning up.
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
