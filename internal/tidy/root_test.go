package tidy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The root's files: what a stranger sees first is the loop, and not what holds it together.
const (
	mostSources = 18
	mostTests   = 10
)

// ofNoSource are the root's test files that are named after something else: the budget, the
// documentation, and what only the package itself can see.
var ofNoSource = []string{"allocs", "example", "inside"}

// crowd returns what is wrong with the names of the files in a directory.
func crowd(files []string) (wrong []string, sources, tests int) {
	for _, file := range files {
		name, isTest := strings.CutSuffix(file, "_test.go")
		if !isTest {
			sources++
			continue
		}
		tests++
		if !slices.Contains(files, name+".go") && !slices.Contains(ofNoSource, name) {
			wrong = append(wrong, file+" is named after no source file: is it one of faults?")
		}
	}
	if sources > mostSources {
		wrong = append(wrong, "too many source files")
	}
	if tests > mostTests {
		wrong = append(wrong, "too many test files")
	}
	return wrong, sources, tests
}

func goFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return names
}

// The root has few files, and a test file a source file.
func TestRoot(t *testing.T) {
	files := goFiles(t, ".")
	wrong, sources, tests := crowd(files)
	t.Logf("%d source files, %d test files", sources, tests)
	for _, what := range wrong {
		t.Error(what)
	}
	if !slices.Contains(files, "loop.go") {
		t.Errorf("these are not the root's: %q", files)
	}
}

// The look at a directory sees one file too many, and a test file of nothing.
func TestCrowdIsSeen(t *testing.T) {
	if wrong, _, _ := crowd([]string{"a.go", "a_test.go", "allocs_test.go"}); len(wrong) > 0 {
		t.Errorf("wrong are %q", wrong)
	}
	if wrong, _, _ := crowd([]string{"a.go", "b_test.go"}); len(wrong) != 1 {
		t.Errorf("a test file of nothing: wrong are %q", wrong)
	}
	many := []string{}
	for letter := 'a'; letter < 'a'+mostSources+1; letter++ {
		many = append(many, string(letter)+".go", string(letter)+"_test.go")
	}
	if wrong, _, _ := crowd(many); len(wrong) != 2 {
		t.Errorf("%d files: wrong are %q", len(many), wrong)
	}
}

var faultFile = regexp.MustCompile("`faults/([a-z_]+_test\\.go)`")

// ARCHITECTURE.md says in which file of faults a row of the failure table has its tests.
func TestRowsHaveTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(top, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := goFiles(t, "faults")
	named := faultFile.FindAllStringSubmatch(string(text), -1)
	for _, name := range named {
		if !slices.Contains(files, name[1]) {
			t.Errorf("there is no faults/%s", name[1])
		}
	}
	if len(named) < 15 {
		t.Errorf("only %d files were found", len(named))
	}
}
