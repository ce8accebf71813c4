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
		for _, banned := range []string{"fmt", "os", "reflect"} {
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

// A page that names a test says which: the test is in that package, or in the page's own.
func TestPagesNameTests(t *testing.T) {
	named := map[string]int{}
	for _, pattern := range []string{"*.md", "*/*.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			var wrong []string
			named[page], wrong = namedTests(filepath.Dir(page), string(text))
			for _, what := range wrong {
				t.Errorf("%s names %s", page, what)
			}
		}
	}
	if named["SECURITY.md"] < 40 || named[filepath.Join("fuzz", "DIFFERENCES.md")] < 3 {
		t.Errorf("tests named on each page: %v; SECURITY.md names more", named)
	}
}

// namedTests counts the tests that a page in the directory home names, and says which are not there. The root's package
// is minlambda, every other one its directory.
func namedTests(home, page string) (n int, wrong []string) {
	for _, name := range testName.FindAllStringSubmatch(page, -1) {
		n++
		dir := name[1]
		switch {
		case dir == "" && home == ".":
			wrong = append(wrong, name[2]+" without its package: write `wire."+name[2]+"`, or where it is")
			continue
		case dir == "":
			dir = home
		case dir == "minlambda":
			dir = "."
		}
		if !hasTest(dir, name[2]) {
			wrong = append(wrong, name[2]+" of "+dir+", which has no such test")
		}
	}
	return n, wrong
}

var testName = regexp.MustCompile("`(?:([a-z/]+)\\.)?((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)`")

func hasTest(dir, name string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return false
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

// The look at a page sees a test that is not there, though another package has one of that name.
func TestNamesAreSeen(t *testing.T) {
	for _, c := range []struct {
		home, page string
		n, wrong   int
	}{
		{".", "`wire.TestSlowReader`, `faults.TestSlowReader`, `faults/longrun.TestGrowth`, `minlambda.TestNamesAreSeen`", 4, 0},
		{"fuzz", "`TestCases` and `wire.TestPairEnds`; `go test -run Cases`", 2, 0},
		{".", "`TestSlowReader`", 1, 1},
		{".", "`minlambda.TestSlowReader`", 1, 1},
		{".", "`parse.TestSlowReader`, `elsewhere.TestSlowReader`, `wire.TestSlow`", 3, 3},
		{"fuzz", "`TestSlowReader`", 1, 1},
		{".", "`fuzz.FuzzNothing`", 1, 1},
	} {
		if n, wrong := namedTests(c.home, c.page); n != c.n || len(wrong) != c.wrong {
			t.Errorf("in %s, %s: %d names, wrong %q; want %d, and %d wrong", c.home, c.page, n, wrong, c.n, c.wrong)
		}
	}
}

// Stripped programs for linux/amd64, in bytes.
func TestSize(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs for another system")
	}
	t.Parallel()
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
