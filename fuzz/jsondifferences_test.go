package fuzz

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/lambdajson"
)

// jsonDifferences holds events that encoding/json accepts and lambdajson refuses, under the names
// in DIFFERENCES.md.
var jsonDifferences = []struct {
	name   string
	events []string
}{
	{"bytes that are not UTF-8", []string{
		"\"\xff\"", "{\"\xe4\":0}", "[\"\xed\xa0\x80\"]", "\"\xc3\"",
	}},
	{"more than 300 levels", []string{
		strings.Repeat("[", 301) + strings.Repeat("]", 301),
		strings.Repeat(`{"":`, 300) + "0" + strings.Repeat("}", 300),
	}},
}

func TestJSONDifferences(t *testing.T) {
	page, err := os.ReadFile("DIFFERENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	handler := lambdajson.New(identity)
	for _, test := range jsonDifferences {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(string(page), "\n| "+test.name+" | ") {
				t.Error("DIFFERENCES.md doesn't have it")
			}
			for _, event := range test.events {
				if _, err := handler(nil, []byte(event)); err == nil {
					t.Errorf("%.50q: we accept it", event)
				}
				if !json.Valid([]byte(event)) {
					t.Errorf("%.50q: encoding/json refuses it too", event)
				}
			}
		})
	}
}

// Half a surrogate pair becomes U+FFFD, as in encoding/json, whether the string is passed on or was
// read before. fastjson alone would make it six characters, or take the next escape for the other
// half.
func TestLoneSurrogate(t *testing.T) {
	for event, want := range map[string]string{
		`"\ud800"`:       "\ufffd",
		`"\ud800x"`:      "\ufffdx",
		`"\ud800\u0041"`: "\ufffdA",
		`"\ud83d\ude00"`: "\U0001f600",
	} {
		for _, h := range []lambdajson.Handler{identity, lookAndReturn} {
			out, err := lambdajson.New(h)(nil, []byte(event))
			if err != nil || decode(t, out) != want {
				t.Errorf("%s was returned as %s, %v; want %q", event, out, err, want)
			}
		}
	}
}
