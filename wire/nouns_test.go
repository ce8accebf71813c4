package wire

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// sources parses the package's files, tests left out.
func sources(t *testing.T, set *token.FileSet) (parsed []*ast.File) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	return parsed
}

// structFields returns the fields of the structs that files declare, as "type.field".
func structFields(files []*ast.File) map[string]bool {
	all := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						all[spec.Name.Name+"."+name.Name] = true
					}
				}
			}
			return true
		})
	}
	return all
}

// touches calls found with each "type.name" that a method of the file selects from its receiver.
func touches(file *ast.File, found func(what string)) {
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
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == receiver {
					found(kind + "." + sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// If many files touch a field, it belongs to a noun that nobody has named. So the methods of a type
// touch each of its fields in two files at most. The test reads the package's source, and looks at
// what methods do to their receiver.
func TestFieldsBelongToAFile(t *testing.T) {
	set := token.NewFileSet()
	files := sources(t, set)
	fields := structFields(files)
	touched := map[string]map[string]bool{} // file by "type.field"
	for _, file := range files {
		touches(file, func(what string) {
			if !fields[what] {
				return
			}
			if touched[what] == nil {
				touched[what] = map[string]bool{}
			}
			touched[what][set.File(file.Pos()).Name()] = true
		})
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
