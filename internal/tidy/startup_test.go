package tidy

import (
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/program"
)

// SnapStart and the metadata endpoint bring none of the packages that make a program large and slow
// to start, and neither knows the other: what both know is a leaf.
func TestStartUpImports(t *testing.T) {
	const module = "github.com/minlambda/minlambda/"
	for name, other := range map[string]string{"snapstart": "metadata", "metadata": "snapstart"} {
		cmd := program.Go("list", "-deps", module+name)
		cmd.Env = append(cmd.Env, "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		for _, banned := range []string{"fmt", "os", "reflect", "io/fs", "log", "net", "net/http",
			"encoding/json", "crypto", "github.com/valyala/fastjson", module + other} {
			if slices.Contains(deps, banned) {
				t.Errorf("%s depends on %s", name, banned)
			}
		}
		if !slices.Contains(deps, module+"internal/restores") {
			t.Errorf("%s does not know of restores: %q", name, deps)
		}
	}
}
