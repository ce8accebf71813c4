package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// top is the module's directory.
const top = "../.."

var reference = regexp.MustCompile("`([a-z_/0-9]+\\.go)#([A-Za-z_]+)`")

// names returns the functions, methods, types, constants and variables that a file declares.
func names(file string) (map[string]bool, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			all[d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					all[s.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range s.Names {
						all[name.Name] = true
					}
				}
			}
		}
	}
	return all, nil
}

// missing returns what a page names and what does not exist.
func missing(page string) (wrong []string, found int) {
	for _, m := range reference.FindAllStringSubmatch(page, -1) {
		found++
		declared, err := names(filepath.Join(top, filepath.FromSlash(m[1])))
		if err != nil {
			wrong = append(wrong, m[1]+": "+err.Error())
		} else if !declared[m[2]] {
			wrong = append(wrong, m[1]+" does not declare "+m[2])
		}
	}
	return wrong, found
}

// What ARCHITECTURE.md names exists, and every row of its failure table names something: a stranger
// finds the place of any row by its last column.
func TestArchitecture(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(top, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	wrong, found := missing(string(text))
	for _, w := range wrong {
		t.Error(w)
	}
	if found < 50 {
		t.Errorf("only %d names were found", found)
	}
	_, table, _ := strings.Cut(string(text), "## The failure table\n")
	table, _, _ = strings.Cut(table, "\n## ")
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || strings.HasPrefix(line, "| what happens") {
			continue
		}
		rows++
		if !reference.MatchString(cells[2]) {
			t.Errorf("a row names no place: %s", line)
		}
	}
	if rows < 15 {
		t.Errorf("the failure table has %d rows", rows)
	}
}

// missing finds a name that does not exist.
func TestMissingIsSeen(t *testing.T) {
	wrong, found := missing("`loop.go#meaning` `loop.go#nothing` `none.go#x` `wire/conn.go#Conn`")
	if found != 4 || len(wrong) != 2 || !strings.Contains(wrong[0], "nothing") ||
		!strings.Contains(wrong[1], "none.go") {
		t.Errorf("%d found, %q wrong", found, wrong)
	}
}
