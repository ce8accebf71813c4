package tidy

import (
	"os"
	"path/filepath"
	"testing"
)

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
