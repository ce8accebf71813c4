package tidy

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A page that names a test says which: the test is in that package, or in the page's own.
func TestPagesNameTests(t *testing.T) {
	named := map[string]int{}
	for _, pattern := range []string{"*.md", "*/*.md"} {
		pages, err := filepath.Glob(filepath.Join(top, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			var wrong []string
			page = strings.TrimPrefix(filepath.ToSlash(page), top+"/")
			named[page], wrong = namedTests(path.Dir(page), string(text))
			for _, what := range wrong {
				t.Errorf("%s names %s", page, what)
			}
		}
	}
	if named["SECURITY.md"] < 40 || named["fuzz/DIFFERENCES.md"] < 3 {
		t.Errorf("tests named on each page: %v; SECURITY.md names more", named)
	}
}

// namedTests counts the tests that a page in the directory home names, and says which are not
// there. The root's package is minlambda, every other one its directory.
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
	files, err := filepath.Glob(filepath.Join(top, dir, "*_test.go"))
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
		{".", "`faults/longrun.TestGrowth`, `minlambda.TestAllocations`", 2, 0},
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
