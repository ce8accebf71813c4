package fuzz

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
)

// jsonDifferences are where the JSON layer parts from encoding/json, by the
// name that it has in DIFFERENCES.md; all of a name's events or none.
var jsonDifferences = []struct {
	name   string
	accept bool // by us, and not by encoding/json; otherwise the other way round
	events []string
}{
	{looseNumber, true, []string{"01", "1.", ".5", "+1", "-", "1e", "1-2", "[e]", `{"a":--1.1.1}`}},
	{notANumber, true, []string{"NaN", "-inf", "[+INF,nan]"}},
	{rawControl, true, []string{"\"\x00\"", "\"a\nb\"", "{\"\t\":0}"}},
	{looseEscapes, true, []string{`"\x41"`, `"\'"`, `"\u12"`, `{"\uzzzz":0}`}},
	{"more than 300 levels", false, []string{strings.Repeat("[", 301) + strings.Repeat("]", 301), strings.Repeat(`{"":`, 300) + "0" + strings.Repeat("}", 300)}},
}

func TestJSONDifferences(t *testing.T) {
	page, err := os.ReadFile("DIFFERENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	handler := minlambda.JSON(identity)
	for _, test := range jsonDifferences {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(string(page), "\n| "+test.name+" | ") {
				t.Error("DIFFERENCES.md doesn't have it")
			}
			for _, event := range test.events {
				if _, err := handler(nil, []byte(event)); (err == nil) != test.accept {
					t.Errorf("%.50q: we say %v", event, err)
				}
				if json.Valid([]byte(event)) == test.accept {
					t.Errorf("%.50q: encoding/json says the same", event)
				}
			}
		})
	}
}

// Half a surrogate pair is its own six characters to who reads the string, and
// U+FFFD to encoding/json.
func TestLoneSurrogate(t *testing.T) {
	for event, want := range map[string]string{
		`"\ud800"`:       `"\\ud800"`,
		`"\ud800x"`:      `"\\ud800x"`,
		`"\ud800\u0041"`: "\"\ufffd\"",
		`"\ud83d\ude00"`: "\"\U0001f600\"",
	} {
		if out, err := minlambda.JSON(lookAndReturn)(nil, []byte(event)); err != nil || string(out) != want {
			t.Errorf("%s was returned as %s, %v; want %s", event, out, err, want)
		}
	}
}
