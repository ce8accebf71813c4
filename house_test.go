package minlambda_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

const module = "github.com/minlambda/minlambda"

// goForLambda runs the go command as for a program that is to run on Lambda.
func goForLambda(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := program.Go(args...)
	cmd.Env = append(cmd.Env, "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %v: %v", args, err)
	}
	return out
}

// What the library imports decides how large and how fast to start a function is.
func TestImports(t *testing.T) {
	deps := strings.Fields(string(goForLambda(t, "list", "-deps", ".")))
	for _, dep := range deps {
		if dep == "net" || strings.HasPrefix(dep, "net/") || strings.HasPrefix(dep, "crypto") || dep == "encoding/json" || dep == "log" {
			t.Errorf("the library depends on %s", dep)
		}
		if !strings.HasPrefix(dep, module) {
			continue
		}
		imports := strings.Fields(string(goForLambda(t, "list", "-f", "{{range .Imports}}{{.}}\n{{end}}", dep)))
		for _, banned := range []string{"fmt", "os", "io", "reflect"} {
			if slices.Contains(imports, banned) {
				t.Errorf("%s imports %s", dep, banned)
			}
		}
		if slices.Contains(imports, "github.com/valyala/fastjson") && dep != module {
			t.Errorf("%s imports fastjson", dep)
		}
	}
}

// The library has two requirements. Nothing else, ever.
func TestRequirements(t *testing.T) {
	var mod struct {
		Require []struct{ Path string }
		Replace []any
	}
	if err := json.Unmarshal(goForLambda(t, "mod", "edit", "-json"), &mod); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range mod.Require {
		got = append(got, r.Path)
	}
	slices.Sort(got)
	if want := []string{"github.com/valyala/bytebufferpool", "github.com/valyala/fastjson"}; !slices.Equal(got, want) || len(mod.Replace) > 0 {
		t.Errorf("go.mod requires %q, and replaces %v; want %q", got, mod.Replace, want)
	}
}

// SECURITY.md names the tests that hold its promises: they must be there.
func TestSecurityNamesTests(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, pattern := range []string{"*_test.go", "*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(text)
		}
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1)
	if len(names) < 20 {
		t.Errorf("only %d names of tests", len(names))
	}
	for _, name := range names {
		if !strings.Contains(tests.String(), "\nfunc "+name[1]+"(") {
			t.Errorf("SECURITY.md names %s, which is not there", name[1])
		}
	}
}

// Stripped programs for linux/amd64, in bytes.
func TestSize(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs for another system")
	}
	for name, limit := range map[string]int64{"hello": 1_600_000, "json": 1_900_000} {
		file := filepath.Join(t.TempDir(), "bootstrap")
		goForLambda(t, "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "./examples/"+name)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s has %d bytes", name, info.Size())
		if info.Size() > limit {
			t.Errorf("that is over %d", limit)
		}
	}
}
