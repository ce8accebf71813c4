package wire

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// If many files touch a field, it belongs to a noun that nobody has named. So the methods of a type
// touch each of its fields in two files at most. The test reads the package's source, and looks at
// what methods do to their receiver.
func TestFieldsBelongToAFile(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	touched := map[string]map[string]bool{} // file by type and field
	owned := map[string]map[string]bool{}   // fields by type
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if fields, ok := spec.Type.(*ast.StructType); ok {
				owned[spec.Name.Name] = map[string]bool{}
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						owned[spec.Name.Name][name.Name] = true
					}
				}
			}
			return true
		})
	}
	for _, file := range parsed {
		name := set.File(file.Pos()).Name()
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || len(f.Recv.List[0].Names) == 0 {
				continue
			}
			of := f.Recv.List[0].Type
			if star, ok := of.(*ast.StarExpr); ok {
				of = star.X
			}
			receiver, kind := f.Recv.List[0].Names[0].Name, of.(*ast.Ident).Name
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == receiver &&
					owned[kind][sel.Sel.Name] {
					key := kind + "." + sel.Sel.Name
					if touched[key] == nil {
						touched[key] = map[string]bool{}
					}
					touched[key][name] = true
				}
				return true
			})
		}
	}
	if len(touched) < 20 {
		t.Fatalf("only %d fields were seen", len(touched))
	}
	for field, by := range touched {
		if len(by) > 2 {
			t.Errorf("%s is touched by %d files: %v", field, len(by), by)
		}
	}
}
