package lambda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	program = regexp.MustCompile("(?s)\n```go\n(.*?)\n```\n")
	example = regexp.MustCompile(`(?m)^// (event|answer): +(.*)$`)
)

// Every program of docs/migrating.md is built, and answers the event that it names as it says.
func TestMigratingPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/migrating.md")
	if os.IsNotExist(err) {
		t.Skip("the page is in the repository, and not in this module")
	}
	if err != nil {
		t.Fatal(err)
	}
	programs := program.FindAllSubmatch(page, -1)
	if len(programs) < 7 || len(programs) != bytes.Count(page, []byte("```go")) {
		t.Fatalf("%d programs were found", len(programs))
	}
	for i, m := range programs {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			t.Parallel()
			said := map[string]string{}
			for _, e := range example.FindAllStringSubmatch(string(m[1]), -1) {
				said[e[1]] = e[2]
			}
			if said["event"] == "" || said["answer"] == "" {
				t.Fatalf("it says no event, or no answer:\n%s", m[1])
			}
			f := newFunction(t, buildText(t, m[1]))
			r := f.wait(f.queue(said["event"]))
			if got := string(r.Body); r.Err != nil || plain(got) != plain(said["answer"]) {
				t.Errorf("answered %s, %v; the page says %s", got, r.Err, said["answer"])
			}
			for _, v := range f.api.Violations() {
				t.Errorf("violation: %s", v)
			}
		})
	}
}

// plain is JSON without the fields of an HTTP response that are empty.
func plain(s string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(s), &fields) != nil {
		return s
	}
	for name, v := range fields {
		if v == nil || v == false && strings.Contains(name, "Base64") {
			delete(fields, name)
		}
	}
	b, _ := json.Marshal(fields)
	return string(b)
}

// buildText builds a program of this module that has one file with the text.
func buildText(t *testing.T, text []byte) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	write(t, file, text)
	here, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(here, "page", "main.go")
	list, _ := json.Marshal(map[string]any{"Replace": map[string]string{at: file}})
	overlay := filepath.Join(dir, "overlay.json")
	write(t, overlay, list)
	out := filepath.Join(dir, "bootstrap.exe")
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", out, "./testdata/page")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, text)
	}
	return out
}
