package release

import (
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// lambda requires the version of the library that the tool requires: they are released together.
func TestLambdaRequires(t *testing.T) {
	r := released(t)
	got, err := requirement("lambda", r.lambda)
	if err != nil || got != r.version {
		t.Errorf("lambda requires the library's version %q (%v), the tool %q", got, err, r.version)
	}
}

// newer returns the release with the Go at hand, where lambda has the newer Go that it needs.
func (r *release) newer(t *testing.T) *release {
	t.Helper()
	mod, err := modfile.Parse("lambda/go.mod", r.lambda["go.mod"], nil)
	if err != nil {
		t.Fatal(err)
	}
	at := *r
	at.env = append(slices.Clone(r.env), "PATH="+os.Getenv("PATH"))
	got := strings.TrimSpace(at.must(t, r.dir, "go", "env", "GOVERSION"))
	if want := "go" + mod.Go.Version; version.Compare(got, want) < 0 {
		t.Skipf("the Go at hand is %s, and lambda needs %s", got, want)
	}
	return &at
}

// A handler of aws-lambda-go becomes one of lambda by its import line. The user's module gets
// lambda, the library and what they require, and nothing else; the tool runs the function.
func TestLambda(t *testing.T) {
	r := released(t).newer(t)
	const hello = "testdata/hello/main.go"
	if r.lambda[hello] == nil {
		t.Fatalf("lambda has no %s", hello)
	}
	dir := filepath.Join(t.TempDir(), "function")
	if err := (tree{"main.go": r.lambda[hello]}).write(dir); err != nil {
		t.Fatal(err)
	}
	r.must(t, dir, "go", "mod", "init", "example.com/function")
	r.must(t, dir, "go", "get", nested+"@"+r.version)
	r.must(t, dir, "go", "mod", "tidy")
	r.must(t, dir, "go", "mod", "verify")
	r.must(t, dir, "go", "vet", ".", nested)
	r.must(t, dir, "go", "build", ".")
	used := strings.Fields(r.must(t, dir, "go", "list", "-deps", "-f",
		"{{with .Module}}{{.Path}}@{{.Version}}{{end}}", "."))
	slices.Sort(used)
	mod, err := modfile.Parse("lambda/go.mod", r.lambda["go.mod"], nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"example.com/function@", nested + "@" + r.version}
	for _, one := range mod.Require {
		want = append(want, one.Mod.String())
	}
	slices.Sort(want)
	if used = slices.Compact(used); !slices.Equal(used, want) {
		t.Errorf("the function is made of %q, want %q", used, want)
	}
	r.must(t, t.TempDir(), "go", "install", tool+"@"+r.version)
	installed := filepath.Join(r.dir, "bin", "minlambda")
	got := r.must(t, dir, installed, "invoke", ".", "-d", `{"name":"Ada"}`)
	if want := `{"greeting":"Hello, Ada!"}`; got != want {
		t.Errorf("the function says %q, want %q", got, want)
	}
}
