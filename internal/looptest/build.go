package looptest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

// Examples is where the examples are, for go build.
const Examples = "github.com/minlambda/minlambda/examples/"

// built are the programs that Build has made, by what they were made of.
var built struct {
	mu    sync.Mutex
	dir   string
	files map[string]string
}

// Example builds one of the programs under examples.
func Example(t testing.TB, name string) (file string) {
	t.Helper()
	return Build(t, Examples+name)
}

// Build returns the program that go build makes of the arguments. It makes each
// once; Main removes it. Where -race is among the arguments, and
// there is no race detector, the test is skipped.
func Build(t testing.TB, args ...string) (file string) {
	t.Helper()
	return BuildWith(t, nil, args...)
}

// BuildWith is Build with more of an environment.
func BuildWith(t testing.TB, env []string, args ...string) (file string) {
	t.Helper()
	built.mu.Lock()
	defer built.mu.Unlock()
	key := strings.Join(env, " ") + " " + strings.Join(args, " ")
	if file = built.files[key]; file != "" {
		return file
	}
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "minlambda")
		if err != nil {
			t.Fatal(err)
		}
		built.dir, built.files = dir, map[string]string{}
	}
	file = filepath.Join(built.dir, strconv.Itoa(len(built.files))+".exe")
	cmd := program.Go(append([]string{"build", "-o", file}, args...)...)
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		if slices.Contains(args, "-race") {
			t.Skipf("no race detector: %v, %s", err, out)
		}
		t.Fatalf("go build %q: %v, %s", args, err, out)
	}
	built.files[key] = file
	return file
}

func removeBuilt() {
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
}
