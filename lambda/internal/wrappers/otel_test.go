package wrappers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/lambdatest"
)

const (
	ours   = "github.com/minlambda/minlambda/lambda"
	theirs = "github.com/aws/aws-lambda-go/lambda"

	patience = 2 * time.Minute

	// checkout names an environment variable that may have the directory of a checkout of
	// opentelemetry-go-contrib, where the module proxy has none.
	checkout = "OPENTELEMETRY_GO_CONTRIB"

	otel       = "go.opentelemetry.io/contrib/"
	otellambda = otel + "instrumentation/github.com/aws/aws-lambda-go/otellambda"
)

// OpenTelemetry's wrappers wrap handlers, typed and over bytes, of this package as of the other:
// the program differs in an import line, and answers the same.
func TestOpenTelemetry(t *testing.T) {
	source, err := os.ReadFile("testdata/otel/main.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	mine := buildModule(t, source)
	other := buildModule(t, bytes.Replace(source, []byte(`"`+ours+`"`), []byte(`"`+theirs+`"`), 1))
	for _, form := range []string{"typed", "bytes"} {
		a, b := run(t, mine, form), run(t, other, form)
		if a != b || !strings.Contains(a, "true") {
			t.Errorf("%s:\n ours\n%s\n theirs\n%s", form, a, b)
		}
	}
}

var noModule = regexp.MustCompile(`no such host|dial tcp|40[34] |unrecognized import path|` +
	`i/o timeout|does not contain package`)

// buildModule builds a program in a module of its own, which requires what it imports.
func buildModule(t *testing.T, source []byte) string {
	dir := t.TempDir()
	library, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	mod := `module example.com/otel

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/minlambda/minlambda v0.1.0
	github.com/minlambda/minlambda/lambda v0.1.0
)

replace github.com/minlambda/minlambda => ` + library + `

replace github.com/minlambda/minlambda/lambda => ` + filepath.Join(library, "lambda") + "\n"
	if from := os.Getenv(checkout); from != "" {
		for _, m := range []string{strings.TrimPrefix(otellambda, otel), "detectors/aws/lambda",
			"propagators/aws"} {
			mod += "\nreplace " + otel + m + " => " + filepath.Join(from, m) + "\n"
		}
	}
	for name, text := range map[string][]byte{"go.mod": []byte(mod), "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	file := filepath.Join(dir, "bootstrap.exe")
	for _, args := range [][]string{{"mod", "tidy"}, {"build", "-o", file, "."}} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
		if out, err := cmd.CombinedOutput(); noModule.Match(out) && err != nil {
			t.Skipf("OpenTelemetry's modules can't be had: %s", out)
		} else if err != nil {
			t.Fatalf("go %q: %v, %s", args, err, out)
		}
	}
	return file
}

// run has a program handle some events, and says what came of them.
func run(t *testing.T, file, form string) (results string) {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, file)
	cmd.Env = append(os.Environ(), "FORM="+form, "AWS_LAMBDA_RUNTIME_API="+api.Addr(),
		"AWS_LAMBDA_FUNCTION_NAME=otel")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	for i, event := range []string{`"Ada"`, `"Bob"`, `""`, `{`, `"Eve"`} {
		r, err := api.Queue(lambdatest.Event{
			Payload: []byte(event), RequestID: fmt.Sprint("request-", i),
		}).Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		results += fmt.Sprintf("%s -> %s %s %v\n", event, r.Header.Get("Content-Type"), r.Body,
			r.Err)
	}
	return results
}
