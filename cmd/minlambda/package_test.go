package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// in runs the tool in a directory.
func in(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	command := exec.Command(programs.tool, args...)
	command.Dir = dir
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.Run() // its exit code tells
	return outcome{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// module makes a module of these files.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as the go command names it
	if err != nil {
		t.Fatal(err)
	}
	files["go.mod"] = "module example.com/shop\n\ngo 1.24\n"
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPackageDirectory(t *testing.T) {
	scratch := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, scratch)
	}
	t.Setenv("GOOS", "plan9") // as it may be set for a build for Lambda
	t.Setenv("GOARCH", "arm")
	tool(t, nil, "invoke", "testdata/bootstrap", "-d", "built").expect(t, 0, "built")

	left, err := filepath.Glob(filepath.Join(scratch, "minlambda-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// A package has many names, as for go run. Whichever is used, its directory is the function's.
func TestPackageNames(t *testing.T) {
	text, err := os.ReadFile("testdata/bootstrap/main.go")
	if err != nil {
		t.Fatal(err)
	}
	dir := module(t, map[string]string{"cmd/orders/main.go": string(text)})
	orders := filepath.Join(dir, "cmd", "orders")
	for _, c := range []struct{ name, cwd, path, function string }{
		{"relative", dir, "./cmd/orders", "orders"},
		{"relative without a dot", dir, "cmd/orders", "orders"},
		{"here", orders, ".", "orders"},
		{"absolute, from elsewhere", t.TempDir(), orders, "orders"},
		{"import path", dir, "example.com/shop/cmd/orders", "orders"},
		{"file", dir, "cmd/orders/main.go", "main"},
		{"file here", orders, "main.go", "main"},
		{"file from elsewhere", t.TempDir(), filepath.Join(orders, "main.go"), "main"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := in(t, c.cwd, "invoke", c.path, "-d", "{}", "--env", "BEHAVIOUR=environment")
			want := []string{`"AWS_LAMBDA_FUNCTION_NAME":"` + c.function + `"`,
				`"LAMBDA_TASK_ROOT":"` + orders + `"`}
			for _, pair := range want {
				if o.code != 0 || !strings.Contains(o.stdout, strings.ReplaceAll(pair, `\`, `\\`)) {
					t.Errorf("exit code %d, no %s in %s\n%s", o.code, pair, o.stdout, o.stderr)
				}
			}
		})
	}
}

// The compiler's messages name files relative to the user's working directory.
func TestBuildFailures(t *testing.T) {
	dir := module(t, map[string]string{
		"cmd/broken/main.go":   "package main\n\nfunc main() { undefinedHere() }\n",
		"cmd/imports/main.go":  "package main\n\nimport _ \"example.org/nowhere\"\n",
		"cmd/two/main.go":      "package main\n\nfunc main() { other() }\n",
		"cmd/two/other.go":     "package main\n\nfunc other() {}\n",
		"library/library.go":   "package library\n",
		"internal/bad/bad.go":  "package bad\n\nvar x int = \"\"\n",
		"cmd/innocent/main.go": "package main\n\nimport _ \"example.com/shop/internal/bad\"\n",
	})
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	for _, c := range []struct{ name, cwd, path, place, last string }{
		{"below", ".", "./cmd/broken", "cmd/broken/main.go:3:15: undefined: undefinedHere",
			"build ./cmd/broken: exit status 1"},
		{"here", "cmd/broken", ".", "./main.go:3:15: undefined: undefinedHere",
			"build .: exit status 1"},
		{"beside", "cmd/two", "../broken", "../broken/main.go:3:15: undefined: undefinedHere",
			"build ../broken: exit status 1"},
		{"import path", "cmd/two", "example.com/shop/cmd/broken",
			"../broken/main.go:3:15: undefined: undefinedHere",
			"build example.com/shop/cmd/broken: exit status 1"},
		{"another package", "cmd", "./innocent", "../internal/bad/bad.go:3:13: cannot use",
			"build ./innocent: exit status 1"},
		{"missing import", ".", "cmd/imports", "cmd/imports/main.go:3:8: ",
			"build cmd/imports: exit status 1"},
		{"file", ".", "cmd/broken/main.go", "cmd/broken/main.go:3:15: undefined: undefinedHere",
			"build cmd/broken/main.go: exit status 1"},
		{"one file of two", "cmd", "two/main.go", "two/main.go:3:15: undefined: other",
			"build two/main.go: exit status 1 (only this file was built; two is its whole " +
				"package)"},
		{"not a program", ".", "./library", "go: no main packages to build",
			"build ./library: exit status 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := in(t, filepath.Join(dir, filepath.FromSlash(c.cwd)), "invoke", c.path, "-d", "{}")
			o.expect(t, 1, "")
			stderr := strings.ReplaceAll(o.stderr, `\`, "/")
			if !strings.Contains("\n"+stderr, "\n"+c.place) ||
				!strings.HasSuffix(stderr, "minlambda: invoke: "+c.last+"\n") {
				t.Errorf("standard error:\n%s\nwant %s\n...\n%s", o.stderr, c.place, c.last)
			}
		})
	}
}
