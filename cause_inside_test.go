package minlambda

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Whatever its message and its frames are, a cause is JSON of at most 64 KiB with the first of the
// report's frames, whole, and paths that are different; and all of them where there is room.
func TestCauseOfAnyStack(t *testing.T) {
	type frame struct {
		Path, Label string
		Line        int
	}
	rng := rand.New(rand.NewPCG(3, 4))
	units := []string{"x", "\"", ",{\"", "\",{\"path\":\"", "\x00", "\u20ac", "\\", "[{}]", "\xff"}
	all, cut, none := 0, 0, 0
	for range 500 {
		long := func(limit int) string {
			unit := units[rng.IntN(len(units))]
			return strings.Repeat(unit, rng.IntN(limit)/len(unit))
		}
		rec := &Record{Type: long(maxType), Message: long(1 << rng.IntN(17)), Panic: true}
		most := 1 << rng.IntN(10)
		for n := range rng.IntN(maxFrames + 1) {
			rec.frame("p"+long(most)+"."+long(most), long(most)+strconv.Itoa(n%9), n)
		}
		text := rec.cause()
		var cause struct {
			Exceptions []struct {
				Type, Message string
				Stack         []frame
			}
			Paths []string
		}
		var report struct{ StackTrace []frame }
		if err := json.Unmarshal([]byte(reportOf(rec)), &report); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &cause); err != nil || len(text) > maxCause ||
			len(cause.Exceptions) != 1 {
			t.Fatalf("%d bytes: %v in %s", len(text), err, text)
		}
		e := cause.Exceptions[0]
		if e.Type != string([]rune(rec.Type)) || e.Stack == nil || cause.Paths == nil ||
			len(e.Stack) > len(report.StackTrace) ||
			!slices.Equal(e.Stack, report.StackTrace[:len(e.Stack)]) {
			t.Fatalf("type %q, %d frames: %s", e.Type, len(e.Stack), text)
		}
		var paths []string
		for _, f := range report.StackTrace {
			if !slices.Contains(paths, f.Path) {
				paths = append(paths, f.Path)
			}
		}
		if len(cause.Paths) > len(paths) || !slices.Equal(cause.Paths, paths[:len(cause.Paths)]) {
			t.Fatalf("paths %q, want the first of %q", cause.Paths, paths)
		}
		switch n := len(e.Stack); {
		case n == len(report.StackTrace) && n > 0:
			all++
		case n > 0:
			cut++
		default:
			none++
		}
		if len(reportOf(rec)) < maxCause/4 && len(e.Stack) < len(report.StackTrace) {
			t.Errorf("a report of %d bytes lost frames", len(reportOf(rec)))
		}
	}
	if all < 50 || cut < 20 {
		t.Errorf("%d had all frames, %d some, %d none", all, cut, none)
	}
}
