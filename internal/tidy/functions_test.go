package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// maxFunction is the most lines that a function may have, from func to its closing brace.
const maxFunction = 70

// longFunctions calls found with the name and the lines of each function that is too long.
func longFunctions(file string, text []byte, found func(name string, lines int)) error {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, 0)
	if err != nil {
		return err
	}
	for _, decl := range parsed.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1
		if lines > maxFunction {
			found(f.Name.Name, lines)
		}
	}
	return nil
}

// A function fits on a screen: none has more than 70 lines.
func TestFunctions(t *testing.T) {
	eachSource(t, func(file string, text []byte) {
		err := longFunctions(file, text, func(name string, lines int) {
			t.Errorf("%s: %s has %d lines, at most %d", file, name, lines, maxFunction)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// longFunctions sees a line too many, and nothing else.
func TestLongFunctionsAreSeen(t *testing.T) {
	source := func(lines int) []byte {
		body := strings.Repeat("\tf()\n", lines-2)
		return []byte("package p\n\n// f is short.\nfunc (t T) f() {\n" + body + "}\n\nvar x int\n")
	}
	for lines, want := range map[int]string{maxFunction: "", maxFunction + 1: "f"} {
		got := ""
		err := longFunctions("p.go", source(lines), func(name string, _ int) { got = name })
		if err != nil || got != want {
			t.Errorf("%d lines: got %q, %v", lines, got, err)
		}
	}
}
