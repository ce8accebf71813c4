package faults

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

var examples struct {
	once sync.Once
	dir  string
	err  error
}

func removeExamples() {
	if examples.dir != "" {
		os.RemoveAll(examples.dir)
	}
}

// example is the path of an example's program: a function as small as they come. They are built once.
func example(t *testing.T, name string) string {
	t.Helper()
	examples.once.Do(func() {
		if examples.dir, examples.err = os.MkdirTemp("", "minlambda"); examples.err != nil {
			return
		}
		cmd := program.Go("build", "-o", examples.dir+string(filepath.Separator), "../examples/echo", "../examples/faults",
			"../examples/stream")
		var out []byte
		if out, examples.err = cmd.CombinedOutput(); examples.err != nil {
			t.Logf("%s", out)
		}
	})
	if examples.err != nil {
		t.Fatal(examples.err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(examples.dir, name)
}
