package tidy

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unsafeFiles are the files of the library that may go round Go's type system, and in what. Each
// has its proof at its top.
var unsafeFiles = map[string]string{
	// System calls without package net take addresses of memory.
	"wire/socket_linux.go": "imports unsafe",
	// The monotonic clock, and a wait without a P, of the Go runtime.
	"wire/goruntime.go": "imports unsafe, has //go:linkname nanotime runtime.nanotime" +
		", has //go:nosplit, has //go:linkname entersyscallblock runtime.entersyscallblock" +
		", has //go:linkname exitsyscall runtime.exitsyscall",
	// The value of a panic is printed without package reflect.
	"basic.go": "imports unsafe",
	// What os.Exit does before it exits, without package os.
	"internal/osexit/hooks.go": "imports unsafe, has //go:linkname exitHooks os.runtime_beforeExit",
}

// Nothing of the library imports unsafe, links to another package's insides, is written in C or
// assembly, or comes as a binary, but the files above. Modules of their own are not the library;
// testdata is what programs read.
func TestUnsafe(t *testing.T) {
	files := 0
	left := map[string]bool{}
	for file := range unsafeFiles {
		left[file] = true
	}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, noModule := os.Stat(filepath.Join(path, "go.mod"))
			if path != top && (noModule == nil || d.Name() == "testdata" ||
				strings.HasPrefix(d.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		files++
		why, err := goesRound(path)
		if err != nil {
			return err
		}
		path = strings.TrimPrefix(filepath.ToSlash(path), top+"/")
		if allowed := unsafeFiles[path]; why != allowed {
			t.Errorf("%s %s; allowed is %q", path, why, allowed)
		}
		delete(left, path)
		return nil
	})
	if err != nil || files < 50 {
		t.Fatal(files, err)
	}
	for file := range left {
		t.Errorf("%s is on the list, and is not there", file)
	}
}

// goesRound says what in a file is not plain Go; nothing if all is.
func goesRound(path string) (string, error) {
	switch filepath.Ext(path) {
	case ".go":
	case ".s", ".S", ".c", ".cc", ".cpp", ".h", ".hpp", ".m", ".f", ".f90", ".swig", ".sx":
		return "is not Go", nil
	case ".a", ".o", ".so", ".syso", ".dll", ".dylib", ".exe":
		return "is a binary", nil
	default:
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var found []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		spec := strings.TrimPrefix(line, "import ")
		if i := strings.IndexByte(spec, '"'); i >= 0 &&
			strings.Trim(spec[:i], "abcdefghijklmnopqrstuvwxyz_. ") == "" {
			switch strings.TrimSpace(strings.SplitN(spec[i:], "//", 2)[0]) {
			case `"unsafe"`:
				found = append(found, "imports unsafe")
			case `"C"`:
				found = append(found, "uses cgo")
			}
		}
		for _, directive := range []string{"linkname", "cgo_", "noescape", "nosplit"} {
			if strings.HasPrefix(line, "//go:"+directive) {
				found = append(found, "has "+line)
			}
		}
	}
	return strings.Join(found, ", "), lines.Err()
}

// The look at a file sees each way round.
func TestUnsafeIsSeen(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"plain.go":  {"package p\n\nimport (\n\t\"bytes\"\n)\n\nvar s = \"unsafe\"\n", ""},
		"single.go": {"package p\n\nimport \"unsafe\"\n", "imports unsafe"},
		"block.go": {"package p\n\nimport (\n\t\"bytes\"\n\t\"unsafe\" // why\n)\n",
			"imports unsafe"},
		"renamed.go":  {"package p\n\nimport u \"unsafe\"\n", "imports unsafe"},
		"blank.go":    {"package p\n\nimport _ \"unsafe\"\n", "imports unsafe"},
		"cgo.go":      {"package p\n\nimport \"C\"\n", "uses cgo"},
		"linkname.go": {"package p\n\n//go:linkname a b\n", "has //go:linkname a b"},
		"both.go": {"package p\n\nimport \"unsafe\"\n\n//go:linkname a b\n",
			"imports unsafe, has //go:linkname a b"},
		"add.s":    {"TEXT", "is not Go"},
		"add.syso": {"", "is a binary"},
		"page.md":  {"import \"unsafe\"", ""},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := goesRound(path); got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}
