// Package measure runs the peers side by side and says what each has cost. A
// section is one question; its rounds are interleaved, so that whatever else
// the machine does hits all peers alike.
package measure

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// A Section measures one thing, such as "echo" or "coldstart".
type Section struct {
	Name string

	// Run measures it. It calls progress with the fraction done, from 0 to 1,
	// and with what it is at; quick makes a smoke run whose figures mean
	// nothing.
	Run func(ctx context.Context, quick bool, progress progress) ([]results.Row, error)
}

// Sections are all that are measured here. README.md says what each is.
func Sections() []Section {
	return []Section{
		{"sparse", on(2, lives(rests("sparse")))},
		{"sparse-pinned", on(1, lives(rests("sparse-pinned")))},
		{"frozen", on(2, lives(freezes("frozen")))},
		{"frozen-pinned", on(1, lives(freezes("frozen-pinned")))},
		{"quota", on(2, lives(quotas))},
		{"first", on(2, firsts("first"))},
		{"first-pinned", on(1, firsts("first-pinned"))},
		{"echo", contests(echoes("echo", false))},
		{"echo-pinned", on(1, contests(echoes("echo-pinned", false)))},
		{"echo-joined", contests(echoes("echo-joined", true))},
		{"echo-pinned-joined", on(1, contests(echoes("echo-pinned-joined", true)))},
		{"handlers", contests(handlers)},
		{"headers", contests(headers)},
		{"loops", loops},
		{"coldstart", coldStarts},
		{"init", inits},
		{"quota-load", loads},
		{"quota-first", firstsUnder},
	}
}

type run = func(ctx context.Context, quick bool, progress progress) ([]results.Row, error)

// A Size is that of an event.
type Size struct {
	Name  string
	Bytes int
}

// Sizes are those of the events that are echoed.
var Sizes = []Size{
	{"0B", 0},
	{"128B", 128},
	{"2048B", 2048},
	{"2049B", 2049}, // the first that comes chunked
	{"64KiB", 64 << 10},
	{"1MiB", 1 << 20},
	{"6MiB", 6 << 20},
}

// contests runs one contest after the other.
func contests(prepare func(quick bool) []*Contest) run {
	return func(
		ctx context.Context, quick bool, progress progress,
	) (rows []results.Row, err error) {
		all := prepare(quick)
		progress(0, "building")
		for _, r := range all {
			if err = launch.Build(r.Peers); err != nil {
				return nil, err
			}
		}
		for i, r := range all {
			step := func(done float64) { progress((float64(i)+done)/float64(len(all)), r.Case) }
			step(0)
			found, err := r.Run(ctx, step)
			if err != nil {
				return nil, err
			}
			rows = append(rows, found...)
		}
		return rows, nil
	}
}

// on runs f with everything on n processors, or as many as there are: the peers
// see only those, and set GOMAXPROCS by them. The server's stays: with no P to
// spare, sysmon would take the P of a goroutine that waits in a system call
// within microseconds. Where the system cannot do that, there are no rows.
func on(n int, f run) run {
	return func(ctx context.Context, quick bool, progress progress) ([]results.Row, error) {
		undo, err := proc.Pin(n)
		if errors.Is(err, proc.ErrUnsupported) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		rows, err := f(ctx, quick, progress)
		return rows, errors.Join(err, undo())
	}
}

// few are sizes for a second look at the same: small, chunked, and large.
func few(s Size) bool { return s.Name == "128B" || s.Name == "64KiB" || s.Name == "6MiB" }

// canPin reports whether the system can put everything on one processor.
func canPin() bool {
	undo, err := proc.Pin(1)
	return err == nil && undo() == nil
}

// echoes are contests over all sizes on one processor, and over a few on all of
// them; with the 202 and the event joined over one, since an answer of two parts
// matters for small events only.
func echoes(section string, joined bool) func(quick bool) []*Contest {
	sizes := slices.Clone(Sizes)
	switch {
	case joined:
		sizes = Sizes[1:2]
	case section == "echo" && canPin():
		sizes = slices.DeleteFunc(sizes, func(s Size) bool { return !few(s) })
	}
	return func(quick bool) (all []*Contest) {
		for _, size := range sizes {
			r := &Contest{
				Section: section, Case: size.Name, X: float64(size.Bytes),
				Event:  server.NewEvent(size.Bytes),
				Joined: joined, Effort: EffortFor(size.Bytes, quick),
			}
			for _, p := range launch.Here(launch.Echo) {
				if p.Takes(size.Bytes) {
					r.Peers = append(r.Peers, p)
				}
			}
			all = append(all, r)
		}
		return all
	}
}

func handlers(quick bool) (all []*Contest) {
	for _, h := range launch.Handlers {
		all = append(all, &Contest{
			Section: "handlers", Case: h.Name, X: float64(h.Size()),
			Peers: h.Peers, Event: h.Event(),
			Effort: EffortFor(h.Size(), quick),
		})
	}
	return all
}

// headers are contests with events of 128 bytes that have more and more headers
// beside those that Lambda sends.
func headers(quick bool) (all []*Contest) {
	for _, n := range []int{0, 8, 32, 128} {
		all = append(all, &Contest{
			Section: "headers", Case: strconv.Itoa(n), X: float64(n),
			Event:  server.NewEventWith(128, n),
			Peers:  launch.Here([]*launch.Peer{launch.Ours, launch.Net, launch.AWS, launch.Floor}),
			Effort: EffortFor(128, quick),
		})
	}
	return all
}
