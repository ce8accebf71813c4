package tidy

import (
	"os"
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
	cmd.Dir = top
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
	const importers = `{{range .Imports}}{{if eq . "` + fastjson + `"}}{{$.ImportPath}}` +
		` {{end}}{{end}}`
	for _, path := range strings.Fields(string(goForLambda(t, "list", "-f", importers, "./..."))) {
		if path != module+"/lambdajson" && !strings.HasPrefix(path, module+"/examples/") {
			t.Errorf("%s imports fastjson", path)
		}
	}
}

// Which packages of the module each may import, tests left out. What lies under a name that ends
// with a slash has its rule. Every arrow points down; "." is the root.
const (
	leaves = "internal/ascii internal/hosts internal/invoked internal/osexit internal/pause" +
		" internal/race internal/restores internal/verbatim"
	core  = "wire parse pool internal/halt " + leaves // what the root is made of
	wing  = ". " + core
	tests = wing + " lambdajson typed lambdahttp lambdaslog shutdown snapstart metadata" +
		" telemetry lambdatest internal/program"
)

var arrows = map[string]string{
	"internal/ascii": "", "internal/hosts": "", "internal/pause": "", "internal/race": "",
	"internal/osexit":  "internal/race",
	"internal/invoked": "", "internal/restores": "", "internal/verbatim": "",
	"internal/halt": "wire",
	"parse":         "internal/ascii",
	"pool":          "",
	"wire":          "parse pool internal/ascii internal/pause",
	".":             core,
	"lambdajson":    wing, "typed": wing, "lambdahttp": wing, "lambdaslog": wing,
	"shutdown": wing, "snapstart": wing, "metadata": wing, "telemetry": wing,

	// What judges the library, or starts it, has nothing of it.
	"lambdatest": "", "internal/peerscript": "", "internal/program": "", "internal/fronts": "",

	"internal/looptest": tests,
	"internal/tidy":     "",
	"examples":          "",
	"examples/":         tests, "faults": tests, "faults/": tests, "fuzz": tests,
}

// aloneInTests have nothing of ours in their tests either, but what starts a program.
var aloneInTests = []string{"lambdatest", "internal/peerscript", "parse", "pool"}

// allowed is what the package may import, and whether there is a rule at all.
func allowed(name string) (imports []string, ok bool) {
	rule, ok := arrows[name]
	if i := strings.IndexByte(name, '/'); !ok && i >= 0 {
		rule, ok = arrows[name[:i+1]]
	}
	return strings.Fields(rule), ok
}

// upward returns what is wrong with the arrows of a list of packages, a line each: a package, and
// what it imports.
func upward(list string) (wrong []string) {
	ours := func(path string) (string, bool) {
		name, ok := strings.CutPrefix(path, module)
		if name = strings.TrimPrefix(name, "/"); name == "" {
			name = "."
		}
		return name, ok
	}
	for line := range strings.Lines(list) {
		paths := strings.Fields(line)
		from, _ := ours(paths[0])
		rule, ok := allowed(from)
		if !ok {
			wrong = append(wrong, from+" has no rule that says what it may import")
		}
		for _, path := range paths[1:] {
			if to, ok := ours(path); ok && !slices.Contains(rule, to) {
				wrong = append(wrong, from+" imports "+to)
			}
		}
	}
	return wrong
}

// Imports point down, as CONTRIBUTING.md says, in every package of the module.
func TestArrows(t *testing.T) {
	const imports = `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`
	list := string(goForLambda(t, "list", "-f", imports, "./..."))
	if n := strings.Count(list, "\n"); n < 20 {
		t.Errorf("only %d packages were seen", n)
	}
	for _, wrong := range upward(list) {
		t.Error(wrong)
	}
	const inTests = `{{.ImportPath}}{{range .TestImports}} {{.}}{{end}}` +
		`{{range .XTestImports}} {{.}}{{end}}`
	for _, name := range aloneInTests {
		for _, path := range strings.Fields(string(goForLambda(t, "list", "-f", inTests,
			"./"+name)))[1:] {
			if to, ok := strings.CutPrefix(path, module+"/"); ok && to != name &&
				to != "internal/program" && !slices.Contains(strings.Fields(leaves), to) {
				t.Errorf("a test of %s imports %s", name, to)
			}
		}
	}
	if parse := strings.Fields(string(goForLambda(t, "list", "-f", `{{join .Imports " "}}`,
		"./parse"))); slices.ContainsFunc(parse, func(path string) bool {
		return slices.Contains([]string{"io", "sync", "fmt", "unsafe"}, path)
	}) {
		t.Errorf("parse imports %q", parse)
	}
}

// The look at the arrows sees one that points up, and a package that nobody has thought of.
func TestArrowsAreSeen(t *testing.T) {
	for line, want := range map[string]string{
		module + " errors " + module + "/wire":            "",
		module + " " + module + "/lambdajson":             ". imports lambdajson",
		module + "/wire " + module:                        "wire imports .",
		module + "/parse " + module + "/wire":             "parse imports wire",
		module + "/wire " + module + "/internal/looptest": "wire imports internal/looptest",
		module + "/lambdatest " + module + "/parse":       "lambdatest imports parse",
		module + "/examples/hello " + module:              "",
		module + "/examples/hello " + module + "/bench/x": "examples/hello imports bench/x",
		module + "/elsewhere fmt": "elsewhere has no rule that says what it may" +
			" import",
		module + "/internal/ascii " + module + "/parse fmt": "internal/ascii imports parse",
	} {
		if got := strings.Join(upward(line+"\n"), "; "); got != want {
			t.Errorf("%s: %q; want %q", line, got, want)
		}
	}
}
