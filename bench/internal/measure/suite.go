// Package measure runs the peers side by side and says what each has cost. A section is one
// question. Its rounds are interleaved, so that whatever else the machine does hits all peers
// alike.
package measure

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/minlambda/minlambda/bench/internal/fill"
	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/proc"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// A Section measures one thing, such as "echo" or "coldstart".
type Section struct {
	Name string

	// Run measures the section. It calls progress with the fraction done, from 0 to 1, and with
	// what it is doing. quick makes a smoke run whose figures mean nothing.
	Run func(ctx context.Context, quick bool, progress progress) ([]results.Row, error)
}

// Sections returns all sections that this package measures. README.md explains each.
func Sections() []Section {
	return []Section{
		{"sparse", pinnedTo(2, lives(rests("sparse")))},
		{"sparse-pinned", pinnedTo(1, lives(rests("sparse-pinned")))},
		{"sparse-typed", pinnedTo(2, lives(typedRests))},
		{"frozen", pinnedTo(2, lives(freezes("frozen")))},
		{"frozen-pinned", pinnedTo(1, lives(freezes("frozen-pinned")))},
		{"quota", pinnedTo(2, lives(quotas))},
		{"first", pinnedTo(2, firsts("first"))},
		{"first-pinned", pinnedTo(1, firsts("first-pinned"))},
		{"echo", contests(echoes("echo", false))},
		{"echo-pinned", pinnedTo(1, contests(echoes("echo-pinned", false)))},
		{"echo-joined", contests(echoes("echo-joined", true))},
		{"echo-pinned-joined", pinnedTo(1, contests(echoes("echo-pinned-joined", true)))},
		{"handlers", contests(handlers)},
		{"headers", contests(headers)},
		{"streams", contests(streams)},
		{"loops", loops},
		{"concurrent", concurrent},
		{"coldstart", coldStarts},
		{"init", inits},
		{"quota-load", loads},
		{"quota-first", firstsUnder},
	}
}

type run = func(ctx context.Context, quick bool, progress progress) ([]results.Row, error)

// A Size is the size of an event.
type Size struct {
	Name  string
	Bytes int
}

// Sizes are the sizes of the events that are echoed.
var Sizes = []Size{
	{"0B", 0},
	{"128B", 128},
	{"2048B", 2048},
	{"2049B", 2049}, // the smallest that comes chunked
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

// pinnedTo runs f with everything on n processors, or on as many as there are. The peers see only
// those, and set GOMAXPROCS accordingly. The server's GOMAXPROCS stays: with no P to spare, sysmon
// would take the P of a goroutine that waits in a system call within microseconds. If the system
// cannot pin, there are no rows.
func pinnedTo(n int, f run) run {
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

// isSample picks sizes for a second look at the same question: small, chunked, and large.
func isSample(s Size) bool { return s.Name == "128B" || s.Name == "64KiB" || s.Name == "6MiB" }

// canPin reports whether the system can put everything on one processor.
func canPin() bool {
	undo, err := proc.Pin(1)
	return err == nil && undo() == nil
}

// echoes returns contests over all sizes on one processor, and over a few on all of them. With the
// 202 and the event joined there is only one size, since an answer of two parts matters only for
// small events.
func echoes(section string, joined bool) func(quick bool) []*Contest {
	sizes := slices.Clone(Sizes)
	switch {
	case joined:
		sizes = Sizes[1:2]
	case section == "echo" && canPin():
		sizes = slices.DeleteFunc(sizes, func(s Size) bool { return !isSample(s) })
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
			if size.Name == results.Usual && !joined {
				r.Peers = append(r.Peers, launch.After)
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

// StreamSizes are those of the responses that are streamed.
var StreamSizes = []Size{{"64KiB", 64 << 10}, {"1MiB", 1 << 20}, {"40MiB", 40 << 20}}

// Stream is a contest in streaming responses of a size.
func Stream(size Size, quick bool) *Contest {
	r := &Contest{
		Section: "streams", Case: size.Name, X: float64(size.Bytes), Peers: launch.Streams,
		Event:  server.NewExchange(fill.Event(size.Bytes), fill.Whole(size.Bytes)),
		Effort: EffortFor(size.Bytes, quick),
		Pieces: float64(size.Bytes) / float64(len(fill.Piece)),
	}
	if size.Bytes > 6<<20 {
		r.Effort.WarmUp, r.Effort.N, r.Effort.Traced = 2, 1, min(r.Effort.Traced, 2)
	}
	return r
}

func streams(quick bool) (all []*Contest) {
	for _, size := range StreamSizes {
		all = append(all, Stream(size, quick))
	}
	return all
}

// headers returns contests with events of 128 bytes and more and more headers beside those that
// Lambda sends.
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
