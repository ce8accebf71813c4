package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMisuse(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(t.TempDir(), "missing")
	tests := []struct {
		name string
		args []string
		want string // a part of the line
	}{
		{"no event", []string{"invoke", programs.bootstrap}, "no event: give it with -d JSON"},
		{"two events", []string{"invoke", programs.bootstrap, "-d", "", "-e", "-"}, "two events"},
		{"no such flag", []string{"invoke", programs.bootstrap, "-d", "", "--frobnicate"}, "--frobnicate"},
		{"no such verb", []string{"frobnicate"}, "frobnicate"},
		{"no path", []string{"invoke", "-d", ""}, "<PATH>"},
		{"no such path", []string{"invoke", missing, "-d", ""}, missing},
		{"no such event", []string{"invoke", programs.bootstrap, "-e", missing}, missing},
		{"event is a directory", []string{"invoke", programs.bootstrap, "-e", t.TempDir()}, "event: "},
		{"Go file", []string{"invoke", "main.go", "-d", ""}, "main.go is a Go file"},
		{"not executable", []string{"invoke", plain, "-d", ""}, "is not executable"},
		{"never", []string{"invoke", programs.bootstrap, "-d", "", "-n", "0"}, "-n 0"},
		{"no number", []string{"invoke", programs.bootstrap, "-d", "", "-n", "x"}, `"x"`},
		{"no time", []string{"invoke", programs.bootstrap, "-d", "", "--timeout", "0s"}, "--timeout 0s"},
		{"no memory", []string{"invoke", programs.bootstrap, "-d", "", "--memory", "0"}, "--memory 0"},
		{"no variable", []string{"invoke", programs.bootstrap, "-d", "", "--env", "=x"}, `--env "=x"`},
		{"header injection", []string{"invoke", programs.bootstrap, "-d", "", "--trace-id", "a\r\nb"}, `"a\r\nb"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && test.name == "not executable" {
				t.Skip("files have no such permission on Windows")
			}
			o := tool(t, nil, test.args...)
			o.expect(t, 2, "")
			line := strings.TrimSuffix(o.stderr, "\n")
			if !strings.HasPrefix(line, "minlambda: ") || strings.Contains(line, "\n") || !strings.Contains(line, test.want) {
				t.Errorf("standard error %q, want one line with %q", o.stderr, test.want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"-h"}} {
		o := tool(t, nil, args...)
		if o.code != 0 || o.stderr != "" || !strings.Contains(o.stdout, "invoke") {
			t.Errorf("%q: %+v", args, o)
		}
	}
	o := tool(t, nil, "invoke", "--help")
	if o.code != 0 || o.stderr != "" {
		t.Errorf("exit code %d, standard error %q", o.code, o.stderr)
	}
	for _, want := range []string{"Exit codes:", "Examples:", "--timeout", "--env", "minlambda invoke ./examples/json -d"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in the help:\n%s", want, o.stdout)
		}
	}
}

func TestQuantile(t *testing.T) {
	for _, test := range []struct{ n, percent, want int }{
		{1, 50, 1}, {1, 99, 1}, {2, 50, 1}, {3, 50, 2}, {100, 50, 50}, {100, 99, 99}, {101, 99, 100}, {200, 99, 198}, {10, 99, 10},
	} {
		sorted := make([]time.Duration, test.n)
		for i := range sorted {
			sorted[i] = time.Duration(i + 1)
		}
		if got := quantile(sorted, test.percent); int(got) != test.want {
			t.Errorf("%d%% of 1 to %d: %d, want %d", test.percent, test.n, got, test.want)
		}
	}
}
