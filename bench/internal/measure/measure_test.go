package measure

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/results"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if err := launch.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// TestSections runs every section for a moment: each finds all of its peers in all of its cases,
// with figures that are numbers.
func TestSections(t *testing.T) {
	if testing.Short() {
		t.Skip("starts some hundreds of processes")
	}
	// Cases and, for all of them together, rows: a typed peer takes no empty event. Whether there
	// are cold starts depends on the file system.
	want := map[string]struct{ cases, rows int }{
		"echo": {
			3,
			19,
		}, "echo-pinned": {7, 42}, "echo-joined": {1, 6}, "echo-pinned-joined": {1, 6},
		"handlers": {2, 9}, "headers": {4, 16}, "loops": {4, 12}, "streams": {3, 6},
		"concurrent": {4, 8}, "sparse-typed": {1, 3},
	}
	for name, cases := range map[string]int{
		"sparse": 4, "sparse-pinned": 3, "frozen": 2, "frozen-pinned": 2,
		"first": 1, "first-pinned": 1,
	} {
		want[name] = struct{ cases, rows int }{cases, cases * len(launch.Here(launch.Sparse))}
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
				if (row.Figures["first-byte-ns"] != nil) != (s.Name == "streams") {
					t.Errorf("%s, %s: a first byte, or none", row.Case, row.Peer)
				}
			}
			// A quota needs control groups.
			quota := strings.HasPrefix(s.Name, "quota")
			if len(rows) == 0 && runtime.GOOS == "linux" && !quota {
				t.Error("no rows")
			}
			if w, ok := want[s.Name]; ok && runtime.GOOS == "linux" &&
				(len(cases) != w.cases || len(rows) != w.rows) {
				t.Errorf(
					"%d rows of the cases %v; want %d of %d",
					len(rows),
					cases,
					w.rows,
					w.cases,
				)
			}
		})
	}
}

func checkRow(t *testing.T, row results.Row) {
	t.Helper()
	if row.Section != "init" && row.Figures["ns/op"].Median() <= 0 {
		t.Errorf("%s, %s: no ns/op", row.Case, row.Peer)
	}
	for unit, figure := range row.Figures {
		for _, v := range figure {
			if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
				t.Errorf("%s, %s: %v %s", row.Case, row.Peer, v, unit)
			}
		}
	}
}

func TestReadInits(t *testing.T) {
	var found results.Results
	for _, clock := range []string{"0.020", "0.040"} {
		trace := "init runtime @0.06 ms, 0.10 ms clock, 0 bytes, 0 allocs\n" +
			"init os @0.38 ms, " + clock + " ms clock, 416 bytes, 9 allocs\nsomething else\n"
		if err := readInits([]byte(trace), "it", &found); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][3]float64{
		"runtime": {100e3, 0, 0}, "os": {30e3, 416, 9}, "total": {130e3, 416, 9},
	} {
		row := found.Find("init", name, "it")
		if row == nil {
			t.Fatalf("no row for %s in %v", name, found.Rows)
		}
		for i, unit := range []string{"init-ns", "init-B", "init-allocs"} {
			if got := row.Figures[unit].Median(); math.Abs(got-want[i]) > 1e-6*want[i] {
				t.Errorf("%s: %v %s, want %v", name, got, unit, want[i])
			}
		}
	}
	if err := readInits([]byte("init os of an unknown form\n"), "it", &found); err == nil {
		t.Error("no error for a line of another form")
	}
}
