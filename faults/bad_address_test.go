package faults

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
)

func TestBadAddress(t *testing.T) {
	const variable = "AWS_LAMBDA_RUNTIME_API"
	t.Setenv(variable, "") // and restores it
	check := func(l minlambda.Loop, parts ...string) {
		t.Helper()
		l.Handler = echo
		err := l.Run(context.Background())
		var e *minlambda.Error
		if !errors.As(err, &e) {
			t.Fatalf("Run returned %v", err)
		}
		for _, part := range append(parts, "cmd/minlambda@latest invoke") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("Run returned %v; want %q in it", err, part)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %q", err)
		}
	}
	check(minlambda.Loop{}, variable, `""`)
	os.Setenv(variable, "https://example.com:1/\n")
	check(minlambda.Loop{}, variable, `"https://example.com:1/\n"`)
	os.Unsetenv(variable)
	check(minlambda.Loop{}, variable, "not set")
	check(minlambda.Loop{API: "nonsense:x"}, "Loop.API", `"nonsense:x"`)
}

// A process prints one line, which names the variable and what is in it.
func TestBadAddressEndsTheProcess(t *testing.T) {
	for _, value := range []string{"", "https://x", "1.2.3.4:0", "name.invalid:9001"} {
		t.Run(value, func(t *testing.T) {
			out := looptest.LaunchExample(t, "hello", "AWS_LAMBDA_RUNTIME_API="+value).Exits(1)
			if strings.Count(out, "\n") != 1 || !strings.Contains(out, "AWS_LAMBDA_RUNTIME_API") ||
				!strings.Contains(out, `"`+value+`"`) {
				t.Errorf("printed %q", out)
			}
		})
	}
}
