package measure

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"testing"

	"github.com/minlambda/minlambda/bench/peer"
	"github.com/minlambda/minlambda/bench/record"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if err := peer.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// TestSections runs every section for a moment: each finds all of its peers in
// all of its cases, with figures that are numbers.
func TestSections(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some hundreds of processes")
	}
	// Cases and, for all of them together, rows: a typed peer takes no empty event.
	want := map[string]struct{ cases, rows int }{
		"echo": {7, 41}, "echo-pinned": {7, 41}, "echo-joined": {1, 6}, "echo-pinned-joined": {1, 6},
		"handlers": {2, 5}, "headers": {4, 16}, "loops": {4, 12}, "coldstart": {2, 10},
	}
	for _, s := range Sections() {
		t.Run(s.Name, func(t *testing.T) {
			last := 0.0
			rows, err := s.Run(context.Background(), true, func(done float64, at string) {
				if done < last || done > 1 {
					t.Errorf("at %q: %v done, and before %v", at, done, last)
				}
				last = done
			})
			if err != nil {
				t.Fatal(err)
			}
			cases := map[string]bool{}
			for _, row := range rows {
				cases[row.Case] = true
				if row.Section != s.Name {
					t.Errorf("a row of section %q", row.Section)
				}
				checkRow(t, row)
			}
			if w, ok := want[s.Name]; ok && runtime.GOOS == "linux" && (len(cases) != w.cases || len(rows) != w.rows) {
				t.Errorf("%d rows of the cases %v; want %d of %d", len(rows), cases, w.rows, w.cases)
			}
		})
	}
}

func checkRow(t *testing.T, row record.Row) {
	t.Helper()
	least := "ns/op"
	if row.Section == "init" {
		least = "init-ns"
	}
	if row.Figures[least].Median() <= 0 && row.Section != "init" {
		t.Errorf("%s, %s: no %s", row.Case, row.Peer, least)
	}
	for unit, figure := range row.Figures {
		for _, v := range figure {
			if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
				t.Errorf("%s, %s: %v %s", row.Case, row.Peer, v, unit)
			}
		}
	}
}
