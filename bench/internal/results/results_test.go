package results

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestWrite(t *testing.T) {
	row := Row{
		Section: "echo",
		Case:    "128B",
		X:       128,
		Peer:    "minlambda",
		Figures: map[string]Figure{"ns/op": {1.5, 2}},
	}
	for _, rows := range [][]Row{{}, {row}, {row, row}} {
		want := &Results{
			Date:     "2026-11-24",
			Machine:  map[string]string{"cpu": "]\n}"},
			Versions: map[string]string{},
			Rows:     rows,
		}
		file := filepath.Join(t.TempDir(), "data.json")
		if err := want.Write(file); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(file); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("read %+v, %v; want %+v", got, err, want)
		}
		b, err := os.ReadFile(file)
		if err != nil || bytes.Count(b, []byte(`"section"`)) != len(rows) ||
			bytes.Count(b, []byte("\n{")) != len(rows) {
			t.Errorf("%d rows, %v:\n%s", len(rows), err, b)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		f    Figure
		want float64
	}{{nil, 0}, {Figure{3}, 3}, {Figure{4, 1}, 2.5}, {Figure{9, 1, 2}, 2}} {
		if got := c.f.Median(); got != c.want {
			t.Errorf("median of %v: %v", c.f, got)
		}
	}
	if got := (Figure{6, 8, 1}).Ratio(Figure{2, 4}); !reflect.DeepEqual(got, Figure{3, 2}) {
		t.Errorf("ratio %v", got)
	}
}
