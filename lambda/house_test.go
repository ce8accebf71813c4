package lambda_test

import (
	"go/ast"
	gobuild "go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// moduleDir is where a module that this one requires lies.
func moduleDir(t testing.TB, path string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// symbols are what the package in dir exports, with its types, under build tags.
func symbols(t *testing.T, dir string, tags ...string) map[string]string {
	ctx := gobuild.Default
	ctx.BuildTags = tags
	pkg, err := ctx.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	set := token.NewFileSet()
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(set, filepath.Join(dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				receiver := ""
				if d.Recv != nil {
					receiver = text(set, d.Recv.List[0].Type) + "."
				}
				if d.Name.IsExported() && ast.IsExported(strings.TrimLeft(receiver, "*")) ||
					d.Recv == nil && d.Name.IsExported() {
					all[receiver+d.Name.Name] = signature(set, d)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() {
							all[s.Name.Name] = unexported(text(set, s.Type))
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							if n.IsExported() {
								all[n.Name] = d.Tok.String()
							}
						}
					}
				}
			}
		}
	}
	return all
}

func text(set *token.FileSet, node any) string {
	var b strings.Builder
	printer.Fprint(&b, set, node)
	return b.String()
}

// signature is a function's type, without the names of its parameters.
func signature(set *token.FileSet, d *ast.FuncDecl) string {
	list := func(fields *ast.FieldList) string {
		var types []string
		if fields != nil {
			for _, f := range fields.List {
				for range max(1, len(f.Names)) {
					types = append(types, text(set, f.Type))
				}
			}
		}
		return "(" + strings.Join(types, ", ") + ")"
	}
	all := list(d.Type.TypeParams) + list(d.Type.Params) + list(d.Type.Results)
	return strings.ReplaceAll(all, "interface{}", "any")
}

var (
	unexportedType = regexp.MustCompile(`\*[a-z]\w*\b`)
	field          = regexp.MustCompile(`(?s)struct ?\{.*\}`)
	blanks         = regexp.MustCompile(`\s+`)
)

// unexported leaves out the names of a type's unexported parts.
func unexported(s string) string {
	s = strings.ReplaceAll(s, "interface{}", "any")
	return blanks.ReplaceAllString(field.ReplaceAllString(unexportedType.ReplaceAllString(s, "*_"),
		"struct {}"), " ")
}

// The package exports what aws-lambda-go's exports, with and without lambda.norpc: no name less,
// none more, and each of the same type.
func TestSymbols(t *testing.T) {
	t.Parallel()
	their := filepath.Join(moduleDir(t, "github.com/aws/aws-lambda-go"), "lambda")
	for _, tags := range [][]string{nil, {"lambda.norpc"}} {
		want, got := symbols(t, their, tags...), symbols(t, ".", tags...)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if got[name] != want[name] {
				t.Errorf("tags %q: %s is %q, want %q", tags, name, got[name], want[name])
			}
			delete(got, name)
		}
		for name := range got {
			t.Errorf("tags %q: %s is not in aws-lambda-go", tags, name)
		}
		if least := 20 - 4*len(tags); len(want) < least {
			t.Errorf("tags %q: only %d symbols", tags, len(want))
		}
	}
}

// The package imports three of aws-lambda-go's packages, which import nothing large, and not the
// one that it replaces, nor net/http; with lambda.norpc and without.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, tags := range []string{"", "lambda.norpc"} {
		cmd := exec.Command("go", "list", "-deps", "-tags", tags, ".")
		cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		for _, banned := range []string{theirs, "net", "net/http", "net/rpc", "crypto",
			"github.com/valyala/fastjson", "html/template"} {
			if slices.Contains(deps, banned) {
				t.Errorf("%q: it depends on %s", tags, banned)
			}
		}
		const prefix = "github.com/aws/aws-lambda-go/"
		var from []string
		for _, d := range deps {
			if strings.HasPrefix(d, prefix) {
				from = append(from, strings.TrimPrefix(d, prefix))
			}
		}
		slices.Sort(from)
		want := []string{"lambda/handlertrace", "lambda/messages", "lambdacontext"}
		if !slices.Equal(from, want) {
			t.Errorf("%q: of aws-lambda-go it imports %q, want %q", tags, from, want)
		}
	}
}

// A typed hello has at most 2.7 MB; on aws-lambda-go it has three times that.
func TestSize(t *testing.T) {
	t.Parallel()
	for on, bound := range map[string]struct{ least, most int64 }{
		ours: {1_000_000, 2_700_000}, theirs: {6_000_000, 100_000_000},
	} {
		info, err := os.Stat(buildFor(t, "hello", on))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", on, info.Size())
		if info.Size() < bound.least || info.Size() > bound.most {
			t.Errorf("%s: %d bytes, want from %d to %d", on, info.Size(), bound.least, bound.most)
		}
	}
}

// Every row of README.md's table was met by a test, so that none is stale: this one is called when
// all others have run.
func staleRows() (stale []string, err error) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		return nil, err
	}
	for _, m := range tableRow.FindAllStringSubmatch(string(text), -1) {
		if !used.rows[m[1]] {
			stale = append(stale, m[1])
		}
	}
	return stale, nil
}
