package lambda_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// aws-lambda-go's own tests pass on this package: those of its package lambda that use nothing but
// what that exports, and all of package lambdaurl, which is a user of it. They are taken from its
// module, have the import line changed, and lie in a temporary module while they run.
func TestTheirTests(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module")
	}
	t.Parallel()
	module := moduleDir(t, "github.com/aws/aws-lambda-go")
	dir := t.TempDir()
	theirModule(t, dir, module)

	kept := 0
	internals := unexportedOf(t, filepath.Join(module, "lambda"))
	files, err := filepath.Glob(filepath.Join(module, "lambda", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		switch filepath.Base(file) {
		case "entry_with_rpc_test.go", "sigterm_test.go": // the runtime go1.x; Docker
			continue
		}
		text, tests := withoutInternals(t, file, internals)
		if kept += tests; text != nil {
			write(t, filepath.Join(dir, "lambda", filepath.Base(file)), text)
		}
	}
	write(t, filepath.Join(dir, "lambda", "doc.go"), []byte("package lambda\n"))
	copied := copyChanged(t, filepath.Join(module, "lambdaurl"), filepath.Join(dir, "lambdaurl"))
	t.Logf("%d tests of package lambda, %d files of package lambdaurl", kept, copied)

	cmd := exec.Command("go", "test", "-vet=off", "-v", "-timeout", "100s", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "dial tcp") {
		t.Skipf("a module that their tests require can't be had: %s", out)
	}
	passed := regexp.MustCompile(`(?m)^--- PASS: (\w+)`).FindAllStringSubmatch(string(out), -1)
	if err != nil || len(passed) < 13 || kept < 11 {
		t.Errorf("%v, %d tests have passed\n%s", err, len(passed), out)
	}
}

// theirModule writes the files of a module that requires what their tests do, this package too.
func theirModule(t *testing.T, dir, module string) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), []byte(`module example.com/theirs

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/davecgh/go-spew v1.1.1
	github.com/minlambda/minlambda v0.0.0
	github.com/minlambda/minlambda/lambda v0.0.0
	github.com/pmezard/go-difflib v1.0.0
	github.com/stretchr/testify v1.7.2
	github.com/valyala/bytebufferpool v1.0.0
	gopkg.in/yaml.v3 v3.0.1
)

replace github.com/minlambda/minlambda => `+filepath.Dir(here)+`

replace github.com/minlambda/minlambda/lambda => `+here+"\n"))
	var sums []byte
	for _, file := range []string{filepath.Join(module, "go.sum"), "go.sum"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, text...)
	}
	write(t, filepath.Join(dir, "go.sum"), sums)
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyChanged copies a package with its tests and their data, and changes the import line.
func copyChanged(t *testing.T, from, to string) (files int) {
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		files++
		write(t, filepath.Join(to, name), bytes.ReplaceAll(text, []byte(`"`+theirs+`"`),
			[]byte(`"`+ours+`"`)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// unexportedOf are the names that a package keeps for itself, those of fields too.
func unexportedOf(t *testing.T, dir string) map[string]bool {
	all := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name := range parsed.Scope.Objects {
			if !ast.IsExported(name) {
				all[name] = true
			}
		}
	}
	return all
}

// withoutInternals is a file of tests without those that use internals, or what uses them, and how
// many are left; nil if none is.
func withoutInternals(t *testing.T, file string, internals map[string]bool) ([]byte, int) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	banned := map[string]bool{}
	for name := range internals {
		banned[name] = name != "newHandler" // which NewHandlerWithOptions is
	}
	for more := true; more; {
		more = false
		parsed.Decls = slices.DeleteFunc(parsed.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				return false
			}
			dropSubtest(f)
			if !uses(f, banned) {
				return false
			}
			if f.Recv == nil {
				banned[f.Name.Name] = true
			}
			more = true
			return true
		})
	}
	tests := 0
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
			tests++
		}
	}
	if tests == 0 && !strings.Contains(file, "example") {
		return nil, 0
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "newHandler" {
			id.Name = "NewHandlerWithOptions"
		}
		return true
	})
	dropImports(parsed)
	var b bytes.Buffer
	if err := format.Node(&b, set, parsed); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(b.String(), `"`+theirs+`"`, `"`+ours+`"`)
	if parsed.Name.Name == "lambda" { // a test inside the package becomes one outside
		text = strings.Replace(text, "package lambda\n",
			"package lambda_test\n\nimport . \""+ours+"\"\n", 1)
	}
	return []byte(text), tests
}

// dropSubtest drops the half of a test that calls what the package does not export.
func dropSubtest(f *ast.FuncDecl) {
	ast.Inspect(f, func(n ast.Node) bool {
		if block, ok := n.(*ast.BlockStmt); ok {
			block.List = slices.DeleteFunc(block.List, func(s ast.Stmt) bool {
				e, ok := s.(*ast.ExprStmt)
				if !ok {
					return false
				}
				call, ok := e.X.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return false
				}
				name, ok := call.Args[0].(*ast.BasicLit)
				return ok && name.Value == `"via handlerOptions.handlerFunc"`
			})
		}
		return true
	})
}

func uses(n ast.Node, names map[string]bool) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && names[id.Name] {
			found = true
		}
		return !found
	})
	return found
}

// dropImports drops the imports that nothing needs any more.
func dropImports(file *ast.File) {
	needed := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				needed[id.Name] = true
			}
		}
		return true
	})
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			g.Specs = slices.DeleteFunc(g.Specs, func(s ast.Spec) bool {
				i := s.(*ast.ImportSpec)
				path, _ := strconv.Unquote(i.Path.Value)
				return i.Name == nil && !needed[path[strings.LastIndexByte(path, '/')+1:]]
			})
		}
	}
}
