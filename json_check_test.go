package minlambda_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

func passOn(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) { return event, nil }

// What is JSON, and no more, reaches the handler; what is none is shown.
func TestJSONCheck(t *testing.T) {
	handler := minlambda.JSON(passOn)
	deep := strings.Repeat("[", 300)
	for event, want := range map[string]string{
		``:                              `not JSON: "" at byte 0`,
		`01`:                            `not JSON: "1" at byte 1`,
		`NaN`:                           `not JSON: "NaN" at byte 0`,
		`{"a":tru}`:                     `not JSON: "tru}" at byte 5`,
		`[1,2,,3]`:                      `not JSON: ",3]" at byte 5`,
		`{"a" 1}`:                       `not JSON: "1}" at byte 5`,
		`{"a":1} {`:                     `not JSON: "{" at byte 8`,
		`[1}`:                           `not JSON: "}" at byte 2`,
		"\"a\nb\"":                      `not JSON: "\nb\"" at byte 2`,
		`"\x41"`:                        `not JSON: "x41\"" at byte 2`,
		`"\u12"`:                        `not JSON: "\"" at byte 5`,
		`{"a":1,}`:                      `not JSON: "}" at byte 7`,
		`-`:                             `not JSON: "" at byte 1`,
		`1.e5`:                          `not JSON: "e5" at byte 2`,
		deep + `1`:                      `JSON of more than 300 levels: "1" at byte 300`,
		deep + `[`:                      `JSON of more than 300 levels: "[" at byte 300`,
		"[" + deep:                      `JSON of more than 300 levels: "[" at byte 300`,
		deep + `]`:                      `not JSON: "" at byte 301`,
		"\ufeff{}":                      `not JSON: "\xef\xbb\xbf{}" at byte 0`,
		` {"a":"b" } `:                  "",
		deep + strings.Repeat("]", 300): "",
		`[0,-0.5,1e9,2E+10,3e-1,"\u00e4\\\"\/\b\f\n\r\t` + "\x7f\xff" + `",true,false,null,{},{"":[]}]`: "",
	} {
		_, err := handler(nil, []byte(event))
		if got := ""; want != "" {
			if err != nil {
				got = err.Error()
			}
			if want = "event is " + want; got != want {
				t.Errorf("%.50q: got %s, want %s", event, got, want)
			}
		} else if err != nil {
			t.Errorf("%.50q: %v", event, err)
		}
		if json.Valid([]byte(event)) != (err == nil) && !strings.Contains(want, "levels") {
			t.Errorf("%.50q: encoding/json says something else than %v", event, err)
		}
	}
}

// A fault costs no more than the event, wherever it is.
func TestNonsenseIsCheap(t *testing.T) {
	handler := minlambda.JSON(passOn)
	nonsense := "t" + strings.Repeat("\x01", 6<<20)
	for _, before := range []string{"", strings.Repeat("[", 298), strings.Repeat(`{"a":`, 298)} {
		event := []byte(before + nonsense)
		var m1, m2 runtime.MemStats
		runtime.ReadMemStats(&m1)
		_, err := handler(nil, event)
		runtime.ReadMemStats(&m2)
		if took := m2.TotalAlloc - m1.TotalAlloc; err == nil || took > 1<<20 {
			t.Errorf("behind %d bytes: %v, and %d bytes were allocated", len(before), err, took)
		}
	}
}

// The JSON layer, and fastjson alone, on the events of the examples.
func BenchmarkJSON(b *testing.B) {
	files, err := filepath.Glob("examples/events/*.json")
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		var dst []byte
		b.Run(filepath.Base(file)+"/ours", func(b *testing.B) {
			handler := minlambda.JSON(passOn)
			b.SetBytes(int64(len(event)))
			for range b.N {
				if dst, err = handler(dst[:0], event); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(filepath.Base(file)+"/fastjson", func(b *testing.B) {
			var parser fastjson.Parser
			b.SetBytes(int64(len(event)))
			for range b.N {
				v, err := parser.ParseBytes(event)
				if err != nil {
					b.Fatal(err)
				}
				dst = v.MarshalTo(dst[:0])
			}
		})
	}
}
