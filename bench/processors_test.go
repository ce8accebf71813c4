package bench

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/bench/peer"
	"github.com/minlambda/minlambda/bench/proc"
	"github.com/minlambda/minlambda/bench/server"
)

// TestProcessors: on one processor Run gives Go's scheduler a second P, after
// the start, and not against the environment.
func TestProcessors(t *testing.T) {
	t.Setenv("GOMAXPROCS", "") // which brings it back afterwards
	os.Unsetenv("GOMAXPROCS")
	undo, err := proc.Pin()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = undo() })
	for _, c := range []struct {
		name string
		env  []string
		n    int // invocations before
		want int
	}{
		{"at first", nil, 0, 1},
		{"later", nil, 300, 2},
		{"told otherwise", []string{"GOMAXPROCS=1"}, 300, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			running := start(t, peer.Ours, peer.Options{Env: c.env})
			if c.n > 0 {
				if err := running.Do(c.n, server.NewEvent(128)); err != nil {
					t.Fatal(err)
				}
			}
			answer := must[[]byte](t)(running.Ask(server.NewEventOf([]byte(echo.Stats)), 128, running.Gone))
			var got struct{ Procs int }
			if err := json.Unmarshal(answer, &got); err != nil || got.Procs != c.want {
				t.Errorf("answer %s, %v; want %d", answer, err, c.want)
			}
		})
	}
}
