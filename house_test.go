package minlambda_test

import (
	"debug/elf"
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

const fastjson = "github.com/valyala/fastjson"

// banned are packages that nobody gets by importing the library, not even
// indirectly: they make a program larger, and slower to start.
var banned = []string{"fmt", "os", "os/signal", "reflect", "io/fs", "log", "log/slog",
	"net", "net/http", "encoding/json", "crypto", fastjson}

// bannedBelow returns the banned packages that those named depend on, in a program for Lambda.
func bannedBelow(t *testing.T, packages ...string) (found []string) {
	t.Helper()
	list := goForLambda(t, append([]string{"list", "-deps"}, packages...)...)
	for _, dep := range strings.Fields(string(list)) {
		if slices.ContainsFunc(banned, func(name string) bool {
			return dep == name || strings.HasPrefix(dep, name+"/")
		}) {
			found = append(found, dep)
		}
	}
	return found
}

// What the library imports decides how large and how fast to start a function is.
func TestImports(t *testing.T) {
	if found := bannedBelow(t, "."); len(found) > 0 {
		t.Errorf("the library depends on %q", found)
	}
	if found := bannedBelow(t, "./lambdajson"); !slices.Contains(found, fastjson) ||
		!slices.Contains(found, "fmt") || slices.Contains(found, "net") {
		t.Errorf("lambdajson depends on %q; fastjson and fmt have to be seen, and net is not there",
			found)
	}
	if out := goForLambda(t, "list", "-f", "{{.Imports}}", "./internal/ascii"); string(out) != "[]\n" {
		t.Errorf("internal/ascii is a leaf, and imports %s", out)
	}
	const importers = `{{range .Imports}}{{if eq . "` + fastjson + `"}}{{$.ImportPath}}` +
		` {{end}}{{end}}`
	for _, path := range strings.Fields(string(goForLambda(t, "list", "-f", importers, "./..."))) {
		if path != module+"/lambdajson" && !strings.HasPrefix(path, module+"/examples/") {
			t.Errorf("%s imports fastjson", path)
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
	if want := []string{"github.com/valyala/bytebufferpool", fastjson}; !slices.Equal(got, want) ||
		len(mod.Replace) > 0 {
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

// namedTests counts the tests that a page in the directory home names, and says which are not there.
// The root's package is minlambda, every other one its directory.
func namedTests(home, page string) (n int, wrong []string) {
	for _, name := range testName.FindAllStringSubmatch(page, -1) {
		n++
		dir := name[1]
		switch {
		case dir == "" && home == ".":
			wrong = append(wrong, name[2]+" without its package: write wire."+name[2]+", say")
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
		{".", "`wire.TestSlowReader`, `faults.TestSlowReader`", 2, 0},
		{".", "`faults/longrun.TestGrowth`, `minlambda.TestNamesAreSeen`", 2, 0},
		{"fuzz", "`TestCases` and `wire.TestPairEnds`; `go test -run Cases`", 2, 0},
		{".", "`TestSlowReader`", 1, 1},
		{".", "`minlambda.TestSlowReader`", 1, 1},
		{".", "`parse.TestSlowReader`, `elsewhere.TestSlowReader`, `wire.TestSlow`", 3, 3},
		{"fuzz", "`TestSlowReader`", 1, 1},
		{".", "`fuzz.FuzzNothing`", 1, 1},
	} {
		if n, wrong := namedTests(c.home, c.page); n != c.n || len(wrong) != c.wrong {
			t.Errorf("in %s, %s: %d names, wrong %q; want %d, and %d wrong",
				c.home, c.page, n, wrong, c.n, c.wrong)
		}
	}
}

// buildForLambda builds an example for linux/amd64 with the flags, and returns its file.
func buildForLambda(t *testing.T, name string, flags ...string) (file string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs for another system")
	}
	file = filepath.Join(t.TempDir(), "bootstrap")
	args := append([]string{"build", "-trimpath", "-o", file}, flags...)
	goForLambda(t, append(args, "./examples/"+name)...)
	return file
}

// Stripped programs, in bytes. The limits are for Go 1.26; other versions are not far from it.
func TestSize(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int64{
		"hello": 1_510_000, "echo": 1_510_000, "json": 1_840_000,
	} {
		info, err := os.Stat(buildForLambda(t, name, "-ldflags", "-s -w"))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s has %d bytes", name, info.Size())
		if info.Size() > limit {
			t.Errorf("%s is over %d", name, limit)
		}
	}
}

// What runs before main: the packages with variables to make, or an init, in a program that only
// calls Run. Each has a list of what there is to do, whose symbol the linker keeps for it.
func TestInitialisers(t *testing.T) {
	program, err := elf.Open(buildForLambda(t, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	symbols, err := program.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, symbol := range symbols {
		if name, ok := strings.CutSuffix(symbol.Name, "..inittask"); ok {
			packages = append(packages, name)
		}
	}
	slices.Sort(packages)
	t.Logf("%q", packages)
	if n := len(packages); n > 10 || !slices.Contains(packages, "runtime") {
		t.Errorf("%d packages have something to do before main: %q", n, packages)
	}
	for _, name := range packages {
		if strings.Contains(name, ".") {
			t.Errorf("%s is not the standard library's", name)
		}
	}
}
