package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// TestTree: the files in the tree are what data.json gives, to the byte. Nobody has typed a number
// in them.
func TestTree(t *testing.T) {
	const dir, readme = "../results", "../../README.md"
	if _, err := os.Stat(filepath.Join(dir, "data.json")); errors.Is(err, fs.ErrNotExist) {
		t.Fatal("nothing has been measured yet: go run -C bench ./report")
	}
	r, err := results.Read(filepath.Join(dir, "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Versions["smoke run"] != "" {
		t.Error("data.json is of a smoke run, whose figures mean nothing")
	}
	differences(t, r, dir, readme)
}

const anew = "; go run -C bench ./report -render makes it anew"

// differences fails the test for each file that differs from the results.
func differences(t interface{ Errorf(string, ...any) }, r *results.Results, dir, readme string) {
	want := files(r)
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(exact(name, unix(got)), exact(name, content)) {
			t.Errorf("%s is not what data.json gives (%v)"+anew, name, err)
		}
	}
	there, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, file := range there {
		if name := filepath.Base(file); want[name] == nil && name != "data.json" {
			t.Errorf("%s is made from nothing"+anew, name)
		}
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	changed, err := withBlock(string(unix(text)), block(r))
	if err != nil || changed != string(unix(text)) {
		t.Errorf("README.md's part is not what data.json gives (%v)"+anew, err)
	}
}

// exact returns all of a file on amd64. Where a processor multiplies and adds in one step, a
// coordinate may differ in its last digit: there it returns only a picture's texts.
func exact(name string, content []byte) []byte {
	if runtime.GOARCH == "amd64" || filepath.Ext(name) != ".svg" {
		return content
	}
	return bytes.Join(texts.FindAll(content, -1), nil)
}

var texts = regexp.MustCompile(`>[^<]+</text>`)

// unix undoes what a checkout on Windows does to the ends of lines.
func unix(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// fails counts what would fail a test.
type fails struct{ all []string }

func (f *fails) Errorf(format string, _ ...any) { f.all = append(f.all, format) }

// TestTreeSeesChanges: a digit changed by hand is found, in each of the files.
func TestTreeSeesChanges(t *testing.T) {
	dir := t.TempDir()
	out, readme := filepath.Join(dir, "results"), filepath.Join(dir, "README.md")
	r := &results.Results{Date: "2001-02-03T00:00:00Z"}
	for _, peer := range []string{"minlambda", "awslambdago"} {
		r.Rows = append(
			r.Rows,
			results.Row{
				Section: "echo",
				Case:    "128B",
				X:       128,
				Peer:    peer,
				Figures: map[string]results.Figure{"ns/op": {4321}},
			},
		)
	}
	for file, text := range map[string]string{
		readme:                        "before\n" + begin + "old\n" + end + "after\n",
		filepath.Join(out, "old.svg"): "<svg/>",
	} {
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err = errors.Join(err, os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(r, out, readme); err != nil {
		t.Fatal(err)
	}
	same := &fails{}
	if differences(same, r, out, readme); len(same.all) > 0 {
		t.Fatalf("just written, and different: %q", same.all)
	}
	for _, file := range []string{
		readme, filepath.Join(out, "README.md"), filepath.Join(out, "overview.svg"),
	} {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Replace(good, []byte("4.32 µs"), []byte("4.31 µs"), 1)
		if bytes.Equal(good, bad) {
			t.Fatalf("%s does not show 4.32 µs:\n%s", file, good)
		}
		if err := os.WriteFile(file, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		found := &fails{}
		if differences(found, r, out, readme); len(found.all) != 1 {
			t.Errorf("%s was changed: %q", filepath.Base(file), found.all)
		}
		if err := os.WriteFile(file, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(readme)
	if err != nil || !strings.HasPrefix(string(text), "before\n"+begin) ||
		!strings.HasSuffix(string(text), end+"after\n") ||
		strings.Contains(string(text), "old") {
		t.Errorf("%v:\n%s", err, text)
	}
}

func TestBlockNeedsItsPlace(t *testing.T) {
	for _, text := range []string{"", begin, end, end + begin} {
		if got, err := withBlock(text, "new"); err == nil {
			t.Errorf("%q became %q", text, got)
		}
	}
}
