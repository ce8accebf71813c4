package tidy

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"
)

// What runs before main: the packages with variables to make, or an init, in a program that only
// calls Run. Each has a list of what there is to do, whose symbol the linker keeps for it.
func TestInitialisers(t *testing.T) {
	program, err := elf.Open(buildForLambda(t, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	symbols, err := program.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, symbol := range symbols {
		if name, ok := strings.CutSuffix(symbol.Name, "..inittask"); ok {
			packages = append(packages, name)
		}
	}
	slices.Sort(packages)
	t.Logf("%q", packages)
	if n := len(packages); n > 10 || !slices.Contains(packages, "runtime") {
		t.Errorf("%d packages have something to do before main: %q", n, packages)
	}
	for _, name := range packages {
		if strings.Contains(name, ".") {
			t.Errorf("%s is not the standard library's", name)
		}
	}
}
