package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// The benchmarks compare peers, which are processes of their own. All peers of a comparison run at
// the same time and take turns of some milliseconds, so that whatever else the machine does hits
// all alike. At the end TestMain prints what was found as a table.

// BenchmarkSparse is a function that rests before its event, as most do. Time is from event to
// response; processor time includes that of the rest.
func BenchmarkSparse(b *testing.B) {
	lives := []life{{"50ms", measure.Life{Rest: 50 * time.Millisecond}}}
	if *everything {
		lives = []life{
			{"0.5ms", measure.Life{Rest: 500 * time.Microsecond}},
			{"5ms", measure.Life{Rest: 5 * time.Millisecond}}, lives[0],
		}
	}
	peers := pair(launch.Sparse)
	for _, l := range lives {
		b.Run("rest="+l.name, func(b *testing.B) { rest(b, "sparse", l, peers) })
	}
	b.Run("rest=frozen", func(b *testing.B) {
		rest(b, "frozen", life{"frozen", measure.Frozen}, peers)
	})
}

type life struct {
	name string
	measure.Life
}

func rest(b *testing.B, section string, l life, peers []*launch.Peer) {
	effort := measure.RestEffort{WarmUp: 200, Rounds: 7, Turns: 2, N: 6, Traced: 10}
	if l.Frozen > 0 {
		effort.Traced = 0
	}
	if testing.Short() {
		effort = measure.RestEffortFor(l.Life, true)
	}
	compare(b, 2, peers, effort.Rounds*effort.Turns*effort.N, func(bool) ([]results.Row, error) {
		r := measure.Rests{
			Section: section, Case: l.name, Peers: peers, Event: server.NewEvent(128),
			Life: l.Life, RestEffort: effort,
		}
		return r.Run(context.Background(), func(float64) {})
	})
}

// BenchmarkEcho is one invocation after the other, from one request for an event to the next,
// without a rest. Time includes the server's share.
func BenchmarkEcho(b *testing.B) {
	for _, size := range measure.Sizes {
		usual := size.Name == results.Usual || size.Name == results.Largest
		if !usual && !*everything || testing.Short() && size.Bytes > 2049 {
			continue
		}
		b.Run("size="+size.Name, func(b *testing.B) {
			flood(b, "echo", size.Name, size.Bytes, server.NewEvent(size.Bytes), pair(launch.Echo))
		})
	}
}

// BenchmarkHandler is BenchmarkEcho for handlers that do something.
func BenchmarkHandler(b *testing.B) {
	for _, h := range launch.Handlers {
		if h.Name != "json" && !*everything {
			continue
		}
		b.Run("handler="+h.Name, func(b *testing.B) {
			flood(b, "handlers", h.Name, h.Size(), h.Event(), h.Peers)
		})
	}
}

func flood(
	b *testing.B, section, which string, size int, e *server.Event, peers []*launch.Peer,
) {
	refuses := func(p *launch.Peer) bool { return !p.Takes(size) }
	peers = slices.DeleteFunc(slices.Clone(peers), refuses)
	effort := measure.EffortFor(size, testing.Short())
	effort.Rounds = min(effort.Rounds, 5)
	processors := runtime.NumCPU()
	if section == "echo" {
		processors = 1
	}
	times := effort.Rounds * effort.Turns * effort.N
	compare(b, processors, peers, times, func(pinned bool) ([]results.Row, error) {
		if section == "echo" && pinned {
			section = "echo-pinned" // as the report calls it
		}
		c := measure.Contest{
			Section: section, Case: which, X: float64(size), Peers: peers, Event: e,
			Joined: *joined, Effort: effort,
		}
		return c.Run(context.Background(), func(float64) {})
	})
}

// BenchmarkStream is BenchmarkEcho for responses that are streamed, of a size that the event names.
// Its table has the time to the first byte as well.
func BenchmarkStream(b *testing.B) {
	for _, size := range measure.StreamSizes {
		if testing.Short() && size.Bytes > 1<<20 {
			continue
		}
		b.Run("size="+size.Name, func(b *testing.B) {
			c := measure.Stream(size, testing.Short())
			c.Rounds = min(c.Rounds, 5)
			times := c.Rounds * c.Turns * c.Effort.N
			compare(b, runtime.NumCPU(), c.Peers, times, func(bool) ([]results.Row, error) {
				return c.Run(context.Background(), func(float64) {})
			})
		})
	}
}

// BenchmarkStart measures from just before a process is started to its first request for an event,
// with its program's file in memory.
func BenchmarkStart(b *testing.B) {
	peers := []*launch.Peer{launch.Ours, launch.AWSWithRPC, launch.AWS}
	if *everything {
		peers = measure.Starters()
	}
	rounds := roundsOf(60)
	compare(b, runtime.NumCPU(), peers, rounds, func(bool) ([]results.Row, error) {
		s := measure.Starts{Section: "coldstart", Case: "warm", Peers: peers, Rounds: rounds}
		return s.Run(context.Background(), func(float64) {})
	})
}

// BenchmarkFirst is a process's first event, up to its response.
func BenchmarkFirst(b *testing.B) {
	peers, rounds := pair(launch.Sparse), roundsOf(60)
	compare(b, 2, peers, rounds, func(bool) ([]results.Row, error) {
		f := measure.Firsts{Section: "first", Peers: peers, Rounds: rounds}
		return f.Run(context.Background(), func(float64) {})
	})
}

func roundsOf(n int) int {
	if testing.Short() {
		return 3
	}
	return n
}

// pair returns ours and aws-lambda-go, or all of the peers if everything is asked for.
func pair(all []*launch.Peer) []*launch.Peer {
	if *everything {
		return launch.Here(all)
	}
	return []*launch.Peer{launch.Ours, launch.AWS}
}

// found is what the benchmarks have found.
var found results.Results

// compare measures peers in turns on this many processors, as far as the system has them and can do
// that, and shows each as a benchmark of its own. All are measured when the first of them is run.
// How often package testing asks does not matter, since peers that take turns cannot each run for a
// second.
func compare(
	b *testing.B, processors int, peers []*launch.Peer, times int,
	run func(pinned bool) ([]results.Row, error),
) {
	if err := launch.Build(peers); err != nil {
		b.Fatal(err)
	}
	var repeats [][]results.Row // one for each of -count
	named := map[string]bool{}
	for i, p := range peers {
		name, repeat := p.Name, 0
		if named[name] {
			name = measure.NameOf(p)
		}
		named[name] = true
		b.Run("peer="+name, func(b *testing.B) {
			if b.N == 1 { // package testing begins with one each time
				repeat++
			}
			if repeat > len(repeats) {
				rows, err := pinned(processors, run)
				if errors.Is(err, proc.ErrUnsupported) {
					b.Skip(err)
				}
				if err != nil {
					b.Fatal(err)
				}
				repeats = append(repeats, rows)
				found.Rows = join(found.Rows, rows)
			}
			show(b, repeats[repeat-1][i])
			// Package testing raises N up to a second or a thousand million. It prints N of the
			// last call, which must be the N that the figures belong to.
			if b.N == 1 || b.N >= 1e9 || strings.HasSuffix(benchtime(), "x") {
				//lint:ignore SA3001 what is printed should be true
				b.N = times
			}
		})
	}
}

func benchtime() string { return flag.Lookup("test.benchtime").Value.String() }

// pinned runs f on this many processors, and tells it whether that was possible.
func pinned(
	processors int, f func(pinned bool) ([]results.Row, error),
) ([]results.Row, error) {
	free, err := proc.Pin(processors)
	if errors.Is(err, proc.ErrUnsupported) {
		return f(false)
	}
	if err != nil {
		return nil, err
	}
	rows, err := f(true)
	return rows, errors.Join(err, free())
}

// show reports a peer's time, and with -v all of its figures.
func show(b *testing.B, row results.Row) {
	for unit, figure := range row.Figures {
		if unit == "ns/op" || testing.Verbose() {
			b.ReportMetric(figure.Median(), unit)
		}
	}
	if testing.Verbose() && row.Figures["allocs/op"] != nil {
		b.ReportAllocs() // shows allocs/op and B/op, which are the peer's
	}
}

// table returns what the benchmarks have found, for people.
func table() string {
	text := results.Text(&found)
	if text == "" {
		return ""
	}
	if testing.Short() {
		text += "A smoke run, by -short: these figures mean nothing.\n"
	}
	if *joined {
		text += "By -joined the answer to a response and the next event come in one write.\n"
	}
	return fmt.Sprintf("\n%s\n", text)
}
