package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A misuseCase is a command line that is wrong, and what the tool says of it.
type misuseCase struct {
	name string
	args []string
	want string // a part of the line
}

// misuseCases returns the cases. Some of them need files, which live until t ends.
func misuseCases(t *testing.T) []misuseCase {
	plain := writeFile(t, "plain", "hello", 0o600)
	missing := filepath.Join(t.TempDir(), "missing")
	pretty := writeFile(t, "pretty.json", "{}\n{\n  \"a\": 1\n}\n", 0o600)
	blank := writeFile(t, "blank.json", "\n \r\n", 0o600)
	invoke := func(args ...string) []string {
		return append([]string{"invoke", programs.bootstrap}, args...)
	}
	return []misuseCase{
		{"no event", invoke(), "no event: give it with -d JSON"},
		{"no such flag", invoke("-d", "", "--frobnicate"),
			"--frobnicate (see minlambda invoke --help)"},
		{"no such verb", []string{"frobnicate"},
			"frobnicate: the commands are invoke, help (see minlambda --help)"},
		{"verb forgotten", []string{"."}, "unexpected argument .: the commands are invoke, help"},
		{"verb forgotten, flag first", []string{"-d", "{}"}, "the commands are invoke, help"},
		{"help for no such verb", []string{"help", "frobnicate"},
			"frobnicate: the commands are invoke, help"},
		{"no path", []string{"invoke", "-d", ""}, "<PATH>"},
		{"no such path", []string{"invoke", missing, "-d", ""}, missing},
		{"no such path or package", []string{"invoke", "frobnicate", "-d", ""},
			"frobnicate: no such file or directory, and not a package either: " +
				"package frobnicate is not in std"},
		{"no such package", []string{"invoke", "example.org/a/b", "-d", ""},
			"not a package either: "},
		{"several packages", []string{"invoke", "./...", "-d", ""},
			"./... stands for several packages: give one"},
		{"path is a device", []string{"invoke", os.DevNull, "-d", ""}, "is not a regular file"},
		{"no such event", invoke("-e", missing), missing},
		{"no such event in @", invoke("-d", "@"+missing), missing},
		{"no such events", invoke("--events", missing), missing},
		{"event is a directory", invoke("-e", t.TempDir()), "event: "},
		{"event has no name", invoke("-e", ""), "event: the name of its file is empty"},
		{"@ has no name", invoke("-d", "@"), "event: the name of its file is empty"},
		{"standard input twice", invoke("-e", "-", "-d", "@-"),
			"standard input can be read only once"},
		{"events are a formatted document", invoke("--events", pretty),
			pretty + ":2: the line is not JSON (--events takes"},
		{"events without one", invoke("--events", blank), blank + ": no event in it"},
		{"-d without a value", invoke("-d"),
			"--data: no value follows (-d '' sends an empty event)"},
		{"-d without a value, and a flag", invoke("-d", "-n", "5"),
			"--data: expected a value, found -n (--data=-n"},
		{"-e without a value", invoke("-e"), "--event: no value follows"},
		{"-e without a value, and a flag", invoke("-e", "--verbose"),
			"--event: expected a value, found --verbose"},
		{"--events without a value", invoke("--events"), "--events: no value follows"},
		{"--timeout without a value", invoke("-d", "", "--timeout"), "--timeout: no value follows"},
		{"--trace-id without a value", invoke("-d", "", "--trace-id"), "--trace-id: "},
		{"--trace-id without a value, and a flag", invoke("-d", "", "--trace-id", "-v"),
			"--trace-id: "},
		{"--env without a value", invoke("-d", "", "--env"), "--env: "},
		{"never", invoke("-d", "", "-n", "0"), "-n 0"},
		{"less than never", invoke("-d", "", "--repeat=-3"), "-n -3"},
		{"no number", invoke("-d", "", "-n", "x"), `"x"`},
		{"no time", invoke("-d", "", "--timeout", "0"), "--timeout 0s"},
		{"negative time", invoke("-d", "", "--timeout", "-1s"), "--timeout -1s"},
		{"endless time", invoke("-d", "", "--timeout", "99999999999"), `found "99999999999"`},
		{"unknown unit", invoke("-d", "", "--timeout", "5x"),
			`expected a duration like 5s, 300ms or 5 (seconds), found "5x"`},
		{"no memory", invoke("-d", "", "--memory", "0"), "--memory 0"},
		{"no variable", invoke("-d", "", "--env", "=x"), `--env "=x"`},
		{"header injection", invoke("-d", "", "--trace-id", "a\r\nb"), `"a\r\nb"`},
		{"not executable", []string{"invoke", plain, "-d", ""}, "is not executable"},
	}
}

// A wrong command line is answered with one line that says what is wrong, and exit code 2.
func TestMisuse(t *testing.T) {
	for _, test := range misuseCases(t) {
		t.Run(test.name, func(t *testing.T) {
			unix := test.name == "not executable" || test.name == "path is a device"
			if runtime.GOOS == "windows" && unix {
				t.Skip("files have no such permission on Windows, and devices no names of files")
			}
			o := tool(t, nil, test.args...)
			o.expect(t, 2, "")
			line := strings.TrimSuffix(o.stderr, "\n")
			if !strings.HasPrefix(line, "minlambda: ") || strings.Contains(line, "\n") ||
				!strings.Contains(line, test.want) {
				t.Errorf("standard error %q, want one line with %q", o.stderr, test.want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"-h"}, {"help"}} {
		o := tool(t, nil, args...)
		if o.code != 0 || o.stderr != "" || !strings.Contains(o.stdout, "invoke") {
			t.Errorf("%q: %+v", args, o)
		}
	}
	o := tool(t, nil, "invoke", "--help")
	if o.code != 0 || o.stderr != "" {
		t.Errorf("exit code %d, standard error %q", o.code, o.stderr)
	}
	if help := tool(t, nil, "help", "invoke"); help != o {
		t.Errorf("help invoke: %+v", help)
	}
	for _, want := range []string{"Exit codes:", "Examples:", "--timeout", "--env",
		"minlambda invoke ./examples/json -d"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in the help:\n%s", want, o.stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	o := tool(t, nil, "--version")
	want := regexp.MustCompile(`^minlambda \S+ ` +
		runtime.Version() + ` ` + runtime.GOOS + `/` + runtime.GOARCH + `\n$`)
	if o.code != 0 || o.stderr != "" || !want.MatchString(o.stdout) {
		t.Errorf("%+v", o)
	}
}

func TestQuantile(t *testing.T) {
	for _, test := range []struct{ n, percent, want int }{
		{1, 50, 1}, {1, 99, 1}, {2, 50, 1}, {3, 50, 2}, {100, 50, 50}, {100, 99, 99},
		{101, 99, 100}, {200, 99, 198}, {10, 99, 10},
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
