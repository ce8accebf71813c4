package tidy

import (
	"encoding/json"
	"slices"
	"testing"
)

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
