package tidy

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The README's ways to deploy a function are what their tools take, each where it is installed:
// cfn-lint for AWS SAM, terraform, and the AWS CLI, which checks what it would send.
func TestDeploy(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Deploy it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	only := func(t *testing.T, language string) string {
		t.Helper()
		found := blocks(section, language)
		if len(found) != 1 {
			t.Fatalf("the section has %d blocks of %s, want 1", len(found), language)
		}
		return found[0]
	}
	t.Run("sam", func(t *testing.T) {
		template := only(t, "yaml")
		tool(t, "cfn-lint")
		if out, err := linted(t, "template.yaml", template, "cfn-lint", "template.yaml"); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		wrong := strings.Replace(template, "Handler:", "Handle:", 1)
		if _, err := linted(t, "template.yaml", wrong, "cfn-lint", "template.yaml"); err == nil {
			t.Error("cfn-lint takes a property that does not exist")
		}
	})
	t.Run("terraform", func(t *testing.T) {
		config := only(t, "hcl")
		tool(t, "terraform")
		if out, err := linted(t, "main.tf", config, "terraform", "fmt", "-check", "-diff"); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		wrong := strings.Replace(config, "{", "", 1)
		if _, err := linted(t, "main.tf", wrong, "terraform", "fmt", "-check"); err == nil {
			t.Error("terraform takes a block without a brace")
		}
	})
	t.Run("aws", func(t *testing.T) {
		commands := only(t, "sh")
		tool(t, "aws")
		cloud := newCloud(t)
		out, err := cloud.deploy(t, commands)
		if err != nil || !strings.Contains(out, `"Hello, world!"`) {
			t.Errorf("%v: %s", err, out)
		}
		const want = "hello provided.al2023 [arm64] bootstrap " + role + " bootstrap"
		if cloud.created != want {
			t.Errorf("created %q, want %q", cloud.created, want)
		}
		wrong := strings.Replace(commands, "--handler", "--handlers", 1)
		if _, err := cloud.deploy(t, wrong); err == nil {
			t.Error("aws takes an option that does not exist")
		}
	})
}

const role = "arn:aws:iam::123456789012:role/hello"

// A cloud is the part of Lambda's API that creates a function and invokes it.
type cloud struct {
	server  *httptest.Server
	created string // what with
}

func newCloud(t *testing.T) *cloud {
	c := new(cloud)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions", func(w http.ResponseWriter, r *http.Request) {
		c.created = describe(r.Body)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "{}")
	})
	mux.HandleFunc("GET /2015-03-31/functions/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"Configuration":{"State":"Active"}}`)
	})
	mux.HandleFunc("POST /2015-03-31/functions/hello/invocations",
		func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `"Hello, world!"`) })
	c.server = httptest.NewServer(mux)
	t.Cleanup(c.server.Close)
	return c
}

// describe is what a function is created with, and the name of its archive's only file.
func describe(body io.Reader) string {
	var f struct {
		FunctionName, Runtime, Handler, Role string
		Architectures                        []string
		Code                                 struct{ ZipFile []byte }
	}
	if err := json.NewDecoder(body).Decode(&f); err != nil {
		return err.Error()
	}
	archive, err := zip.NewReader(bytes.NewReader(f.Code.ZipFile), int64(len(f.Code.ZipFile)))
	if err != nil || len(archive.File) != 1 {
		return fmt.Sprint("no archive of one file: ", err)
	}
	return fmt.Sprint(f.FunctionName, " ", f.Runtime, " ", f.Architectures, " ", f.Handler, " ",
		f.Role, " ", archive.File[0].Name)
}

// deploy runs commands of the AWS CLI where a build has left its archive.
func (c *cloud) deploy(t *testing.T, commands string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "build"), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "build", "function.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	if _, err = archive.Create("bootstrap"); err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-e", "-c", commands)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ROLE="+role, "AWS_ENDPOINT_URL="+c.server.URL,
		"AWS_DEFAULT_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "NO_PROXY=127.0.0.1",
		"AWS_CONFIG_FILE="+filepath.Join(dir, "none"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// tool skips a test whose tool is not installed.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(err)
	}
}

// linted runs a tool in a directory that has the file.
func linted(t *testing.T, name, text string, command ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}
