package measure

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
)

// Starts are starts of peers, one after the other, in rounds.
type Starts struct {
	Section, Case string
	Peers         []*launch.Peer
	Rounds        int
	Cold          bool // the program is not in the page cache
}

// Starters returns the peers whose start is measured. Empty has no server: for it the time until it
// has ended counts.
func Starters() []*launch.Peer {
	return launch.Here([]*launch.Peer{
		launch.Ours, launch.OursJSON, launch.AWS, launch.AWSWithRPC, launch.Floor, launch.Empty,
	})
}

func coldStarts(
	ctx context.Context,
	quick bool,
	progress func(done float64, at string),
) ([]results.Row, error) {
	rounds := 60
	if quick {
		rounds = 3
	}
	progress(0, "building")
	if err := launch.Build(Starters()); err != nil {
		return nil, err
	}
	warm := &Starts{Section: "coldstart", Case: "warm", Peers: Starters(), Rounds: rounds}
	rows, err := warm.Run(ctx, func(done float64) { progress(done/2, warm.Case) })
	if err != nil {
		return nil, err
	}
	cold := &Starts{
		Section: "coldstart",
		Case:    "cold",
		Peers:   Starters(),
		Rounds:  rounds,
		Cold:    true,
	}
	found, err := cold.Run(ctx, func(done float64) { progress(0.5+done/2, cold.Case) })
	if errors.Is(err, proc.ErrUnsupported) {
		progress(1, "left out: "+err.Error())
		return rows, nil
	}
	return append(rows, found...), err
}

// Run starts the peers. It calls step with the fraction done.
func (s *Starts) Run(ctx context.Context, step func(done float64)) ([]results.Row, error) {
	var rows []results.Row
	for i, p := range s.Peers {
		x := 0.0
		if s.Cold {
			x = 1
		}
		rows = append(
			rows,
			results.Row{
				Section: s.Section,
				Case:    s.Case,
				X:       x,
				Peer:    NameOf(p),
				Figures: map[string]results.Figure{},
			},
		)
		// Not kept: the first start is slow.
		first := &results.Row{Figures: map[string]results.Figure{}}
		if err := s.start(p, first); err != nil {
			return nil, err
		}
		step(float64(i) / float64(100*len(s.Peers)))
	}
	for round := range s.Rounds {
		for i := range s.Peers {
			if round%2 == 1 {
				i = len(s.Peers) - 1 - i
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := s.start(s.Peers[i], &rows[i]); err != nil {
				return nil, err
			}
		}
		step(float64(round+1) / float64(s.Rounds))
	}
	if s.Cold {
		return rows, nil
	}
	for i, p := range s.Peers {
		if err := sizes(p, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// NameOf returns a peer's name in a row; it tells our two peers apart.
func NameOf(p *launch.Peer) string {
	if p == launch.OursJSON {
		return "minlambda-json"
	}
	return p.Name
}

// start starts a peer once, and adds what that has cost.
func (s *Starts) start(p *launch.Peer, row *results.Row) error {
	program, err := p.Program()
	if err != nil {
		return err
	}
	if s.Cold {
		if err = proc.Uncache(program); err != nil {
			return err
		}
	}
	add := func(unit string, value float64) { row.Figures[unit] = append(row.Figures[unit], value) }
	running, err := p.Start(launch.Options{})
	if err != nil {
		return err
	}
	defer running.Stop()
	if p == launch.Empty {
		<-running.Gone
		add("ns/op", float64(running.Ended.Sub(running.Started)))
	} else {
		asked, err := running.Wait(running.Gone)
		if err != nil {
			return err
		}
		add("ns/op", float64(asked.Sub(running.Started)))
		if used, err := proc.CPU(running.PID()); err == nil {
			add("cpu-ns/op", float64(used))
		}
		if m, err := proc.MemoryOf(running.PID()); err == nil {
			add("rss-bytes", float64(m.Now))
		}
		running.Stop()
	}
	if minor, major, err := proc.Faults(running.State().SysUsage()); err == nil {
		add("minor-faults", float64(minor))
		add("major-faults", float64(major))
	}
	if !s.Cold {
		return nil
	}
	pages, of, err := proc.Cached(program)
	add("file-pages", float64(pages))
	add("file-pages-in-all", float64(of))
	return err
}

// sizes adds the size of a program, as it is and in an archive.
func sizes(p *launch.Peer, row *results.Row) error {
	program, err := p.Program()
	if err != nil {
		return err
	}
	f, err := os.Open(program)
	if err != nil {
		return err
	}
	defer f.Close()
	var packed counter
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	n, err := io.Copy(z, f)
	row.Figures["binary-bytes"] = results.Figure{float64(n)}
	err = errors.Join(err, z.Close())
	row.Figures["gzip-bytes"] = results.Figure{float64(packed)}
	return err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
