package lambdaslog_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdaslog"
)

// A valuer is an attribute's value that says what it is when it is logged.
type valuer struct{ v any }

func (v valuer) LogValue() slog.Value { return slog.AnyValue(v.v) }

// The fields are of what is written: what ReplaceAttr hides is nowhere in the line, and no key
// comes twice.
func TestFieldsOfWhatIsWritten(t *testing.T) {
	failure := errors.New("password")
	for name, test := range map[string]struct {
		args []any
		want string // after the message
	}{
		"left out": {[]any{"drop", failure}, `}`},
		"redacted": {[]any{"secret", failure}, `,"secret":"***"}`},
		"not hidden": {[]any{"err", failure},
			`,"errorType":"errorString","errorMessage":"password","err":"password"}`},
		"renamed": {[]any{"kind", "mine", "err", failure},
			`,"errorMessage":"password","errorType":"mine","err":"password"}`},
		"group without a name": {[]any{slog.Group("", "errorType", "mine", "err", failure)},
			`,"errorMessage":"password","errorType":"mine","err":"password"}`},
		"valuer": {[]any{"err", valuer{failure}},
			`,"errorType":"errorString","errorMessage":"password","err":"password"}`},
		"valuer that hides": {[]any{"secret", valuer{failure}}, `,"secret":"***"}`},
		"in a group": {[]any{slog.Group("g", "errorType", "mine")},
			`,"g":{"errorType":"mine"}}`},
	} {
		var line bytes.Buffer
		log := slog.New(lambdaslog.New(&line, &lambdaslog.Options{Format: lambdaslog.JSON,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				switch a.Key {
				case "drop":
					return slog.Attr{}
				case "secret":
					return slog.String(a.Key, "***")
				case "kind":
					a.Key = "errorType"
				}
				return a
			}}))
		for how, write := range map[string]func(){
			"record": func() { log.Info("m", test.args...) },
			"With":   func() { log.With(test.args...).Info("m") },
		} {
			line.Reset()
			write()
			_, got, _ := strings.Cut(strings.TrimSpace(line.String()), `"message":"m"`)
			if got != test.want {
				t.Errorf("%s, %s: got %s, want %s", name, how, got, test.want)
			}
		}
	}
}

// A message of the runtime has no key twice either.
func TestLogWithOwnFields(t *testing.T) {
	for format, want := range map[lambdaslog.Format]string{
		lambdaslog.JSON: `,"level":"ERROR","message":"m","requestId":"own","tenantId":"t",` +
			`"errorType":"kind"}`,
		lambdaslog.Text: ` level=ERROR message=m requestId=own tenantId=t errorType=kind`,
	} {
		var line bytes.Buffer
		h := lambdaslog.New(&line, &lambdaslog.Options{Format: format})
		with := h.WithAttrs([]slog.Attr{slog.String("requestId", "own"),
			slog.String("tenantId", "t"), slog.String("errorType", "kind")})
		with.(*lambdaslog.Handler).Log(minlambda.Record{Level: minlambda.LevelError,
			RequestID: "r1", TenantID: "t1", Type: "T", Message: "m"})
		if got := strings.TrimSpace(line.String()); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want it to end with %s", got, want)
		}
	}
}
