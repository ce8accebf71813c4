package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/race"
)

// patience ends a test that hangs.
const patience = 2 * time.Minute

// programs are the real programs that the tests run: the tool, and a function.
var programs struct{ tool, bootstrap string }

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "minlambda-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// A program with the race detector sleeps for a second at its end.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	programs.tool = filepath.Join(dir, "minlambda"+suffix)
	programs.bootstrap = filepath.Join(dir, "bootstrap"+suffix)
	for binary, source := range map[string]string{programs.tool: ".",
		programs.bootstrap: "./testdata/bootstrap"} {
		build := exec.Command("go", "build", "-race="+strconv.FormatBool(race.Enabled), "-o",
			binary, source)
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", source, err, out)
			return 1
		}
	}
	return m.Run()
}

// outcome is what a run of the tool left behind.
type outcome struct {
	stdout, stderr string
	code           int
}

// tool runs the tool with input as its standard input.
func tool(t *testing.T, input []byte, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, programs.tool, args...)
	command.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("minlambda %q: %v\n%s", args, err, stderr.String())
	}
	return outcome{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// behave runs the bootstrap with one of its behaviours.
func behave(t *testing.T, behaviour string, args ...string) outcome {
	t.Helper()
	return tool(t, nil, append([]string{"invoke", programs.bootstrap, "--env",
		"BEHAVIOUR=" + behaviour}, args...)...)
}

// expect checks the exit code and the whole of standard output.
func (o outcome) expect(t *testing.T, code int, stdout string) {
	t.Helper()
	if o.code != code || o.stdout != stdout {
		t.Errorf("exit code %d, standard output %.200q\nwant %d, %.200q\nstandard error:\n%.2000s",
			o.code, o.stdout, code, stdout, o.stderr)
	}
}

// lines checks that standard error has exactly these lines, each given as a regular expression.
func (o outcome) lines(t *testing.T, patterns ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(o.stderr, "\n"), "\n")
	if len(lines) != len(patterns) {
		t.Errorf("standard error has %d lines, want %d:\n%s", len(lines), len(patterns), o.stderr)
		return
	}
	for i, line := range lines {
		if !regexp.MustCompile("^" + patterns[i] + "$").MatchString(line) {
			t.Errorf("line %d of standard error:\n%q\nwant\n%q", i+1, line, patterns[i])
		}
	}
}

// Patterns of the log.
const (
	id         = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	startLine  = `START RequestId: ` + id + ` Version: \$LATEST`
	endLine    = `END RequestId: ` + id
	reportLine = `REPORT RequestId: ` + id +
		`\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB` + memory
	memory    = `(\tMax Memory Used: [1-9]\d* MB)?`
	initField = `\tInit Duration: \d+\.\d\d ms`
)
