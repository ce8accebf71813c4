package tidy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

// imports are the import paths of the package names that the pages' programs use.
var imports = map[string]string{
	"context":    "context",
	"errors":     "errors",
	"fastjson":   "github.com/valyala/fastjson",
	"fmt":        "fmt",
	"http":       "net/http",
	"io":         "io",
	"lambdahttp": "github.com/minlambda/minlambda/lambdahttp",
	"lambdajson": "github.com/minlambda/minlambda/lambdajson",
	"lambdaslog": "github.com/minlambda/minlambda/lambdaslog",
	"lambdatest": "github.com/minlambda/minlambda/lambdatest",
	"log":        "log",
	"metadata":   "github.com/minlambda/minlambda/metadata",
	"minlambda":  "github.com/minlambda/minlambda",
	"os":         "os",
	"shutdown":   "github.com/minlambda/minlambda/shutdown",
	"slog":       "log/slog",
	"snapstart":  "github.com/minlambda/minlambda/snapstart",
	"strconv":    "strconv",
	"testing":    "testing",
	"time":       "time",
	"typed":      "github.com/minlambda/minlambda/typed",
}

var (
	qualified = regexp.MustCompile(`\b([a-z0-9]+)\.[A-Z]`)
	comment   = regexp.MustCompile(`//.*`)
	title     = regexp.MustCompile(`^(?:func |package )?([A-Za-z.]+)`)
)

// given are what a page's programs may use and leave to the reader.
const given = `
var (
	api     = lambdatest.NewServer()
	backend = "http://127.0.0.1:1"
	parts   = []string{"a", "b"}
	handler = func(dst, event []byte) ([]byte, error) { return dst, nil }
)

type Order struct{ ID int }

type Receipt struct {
	ID      int
	Request string
}

func process([]byte) error    { return nil }
func connect() error          { return nil }
func disconnect()             {}
func closeConnections() error { return nil }
func drawKeysAgain() error    { return nil }
`

const module = "github.com/minlambda/minlambda"

// blocks are a page's fenced blocks of a language.
func blocks(page, language string) (all []string) {
	for {
		_, rest, ok := strings.Cut(page, "\n```"+language+"\n")
		if !ok {
			return all
		}
		block, after, ok := strings.Cut(rest, "\n```\n")
		if !ok {
			return append(all, rest)
		}
		all, page = append(all, block+"\n"), "\n"+after
	}
}

// complete makes a file of package main of a block: a file already, declarations, or
// statements. Each is the n-th of its page.
func complete(block string, n int) string {
	if strings.HasPrefix(block, "package ") {
		return block
	}
	if !regexp.MustCompile(`^(//.*\n)*(func|type|var|const) `).MatchString(block) {
		block = fmt.Sprintf("func snippet%d() {\n%s}\n", n, block)
	}
	return importing(block)
}

// importing is declarations as a file of package main with the imports that they need.
func importing(declarations string) string {
	var paths []string
	code := comment.ReplaceAllString(declarations, "")
	for _, m := range qualified.FindAllStringSubmatch(code, -1) {
		if path := imports[m[1]]; path != "" && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	text := "package main\n\nimport (\n"
	for _, path := range paths {
		text += fmt.Sprintf("\t%q\n", path)
	}
	return text + ")\n\n" + declarations
}

// Whatever Go the README shows compiles, and go vet finds nothing in it: a program as it stands,
// declarations and statements with the imports that their package names mean.
func TestSnippets(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs")
	}
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := blocks(string(page), "go")
	if len(found) < 5 {
		t.Fatalf("README.md has %d blocks of Go", len(found))
	}
	// The last is one that does not compile, to see that it would be seen.
	wrong := len(found)
	found = append(found, "loop := minlambda.Loop{Handle: handler}\nloop.Main()\n")
	said := vet(t, found)
	for n, block := range found {
		t.Run(title.FindStringSubmatch(block)[1], func(t *testing.T) {
			if strings.Contains(block, "s3.") {
				t.Skip("the SDK's module is not one of this library's")
			}
			switch out := said[n]; {
			case n == wrong && !strings.Contains(out, "Handle"):
				t.Errorf("of a field that does not exist go vet says %q", out)
			case n != wrong && out != "":
				t.Errorf("%s\n%s", out, block)
			}
		})
	}
}

// vet runs go vet on the blocks, each a package of a module that requires this one, and returns what
// it says of each.
func vet(t *testing.T, blocks []string) []string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(top)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, strings.Replace(string(text), "module "+module, "module page\n\nrequire "+
			module+" v0.0.0\n\nreplace "+module+" => "+root, 1))
	}
	for n, block := range blocks {
		name, file := "page.go", complete(block, n)
		if strings.Contains(file, "*testing.T") {
			name = "page_test.go"
		}
		write(fmt.Sprintf("b%d/%s", n, name), file)
		if !strings.Contains(file, "func main()") {
			write(fmt.Sprintf("b%d/given.go", n), importing(given)+"\nfunc main() {}\n")
		}
	}
	cmd := program.Go("vet", "./...")
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput() // an error, for the last of them
	said := make([]string, len(blocks))
	for line := range strings.Lines(string(out)) {
		if m := packageOf.FindStringSubmatch(filepath.ToSlash(line)); m != nil {
			n, _ := strconv.Atoi(m[1])
			said[n] += line
		}
	}
	return said
}

var packageOf = regexp.MustCompile(`(?:^|[/ ])b([0-9]+)/(?:page|given)`)
