package minlambda

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// A report that is cut to any length is JSON, has at most so many bytes, and says what it can: the
// type, the beginning of the message, the innermost functions.
func TestShorten(t *testing.T) {
	type report struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
		Stack   []struct {
			Path, Label string
			Line        int
		} `json:"stackTrace"`
	}
	messages := []string{"", "short", strings.Repeat("x", 5000),
		strings.Repeat("\u00e4\u20ac\U0001f600\\\"\n\x01\xff", 400),
		strings.Repeat(`","errorType":"false"},"stackTrace":[`, 100)}
	frames := make([]string, 50)
	for i := range frames {
		frames[i] = strings.Repeat(`"},{"path":`, i%3) + "example.com/m/p.F"
	}
	for _, message := range messages {
		for _, kind := range []string{"errorString", strings.Repeat("\x01", maxType)} {
			for n := -1; n < len(frames); n += 7 {
				rec := &Record{Message: message, Type: kind, Panic: n >= 0}
				for i := range max(0, n) {
					rec.frame(frames[i], "file.go", i)
				}
				whole := []byte(reportOf(rec))
				var full report
				if err := json.Unmarshal(whole, &full); err != nil {
					t.Fatal(err)
				}
				for most := 2500; most < len(whole)+100; most += 113 {
					checkShort(t, string(whole), string(shorten(whole, most)), most, full.Message,
						func(short string) (string, string, int) {
							var got report
							if err := json.Unmarshal([]byte(short), &got); err != nil {
								t.Fatalf("%d bytes: %v in %.300q", most, err, short)
							}
							for i, f := range got.Stack {
								if f != full.Stack[i] {
									t.Fatalf("frame %d is %v; want %v", i, f, full.Stack[i])
								}
							}
							return got.Message, got.Type, len(got.Stack)
						})
				}
			}
		}
	}
}

// checkShort checks one shortened report, whose parts read returns.
func checkShort(t *testing.T, whole, short string, most int, message string,
	read func(short string) (message, kind string, frames int)) {
	t.Helper()
	if len(whole) <= most {
		if short != whole {
			t.Fatalf("%d bytes: %.300q was not left as it is", most, whole)
		}
		return
	}
	if len(short) > most || !utf8.ValidString(short) {
		t.Fatalf("%d bytes: %d came, %.300q", most, len(short), short)
	}
	got, kind, frames := read(short)
	begins := strings.HasPrefix(message, strings.TrimSuffix(got, "\u2026"))
	if kind == "" || got != message && !begins {
		t.Fatalf("%d bytes: type %q, message %.100q", most, kind, got)
	}
	// Half of the room each: a frame has less than 200 bytes here, a character less than 20.
	if len(kind) < maxType && len(short) < most-220 && (got != message || frames < 1) {
		t.Fatalf("%d bytes: only %d are used, for %d bytes of message and %d frames", most,
			len(short), len(got), frames)
	}
}
