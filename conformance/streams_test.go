//go:build linux

package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/conformance/programs/act"
)

const noTea = `200 Runtime.Unknown {"errorMessage":"no tea","errorType":"errorString"}`

// streams are those that don't end well, and what comes of each. The emulator
// collects a stream and gives it to its caller whole. In classic mode it leaves
// out an error that comes in trailers; in managed mode the caller gets that error
// in place of the stream.
var streams = []failure{
	{
		name: "error before the first byte", event: `{"fail":"no tea"}`,
		want: [2][2]outcome{
			ours: {
				{`200 {"errorMessage":"no tea","errorType":"errorString"}`, same,
					"handler: error: RequestId: ID errorString: no tea"},
				{`200 Function.ErrorString {"errorMessage":"no tea","errorType":"errorString"}`,
					same, `"requestId":"ID"`},
			},
			control: {
				{"200 ", same, ""},
				{noTea, same, ""},
			},
		},
		why: "ours is an ordinary report; aws-lambda-go sends an empty stream and trailers, and " +
			"writes nothing to the log",
	},
	{
		name: "error in mid-stream", event: `{"parts":["a","b"],"pause_ms":20,"fail":"no tea"}`,
		want: [2][2]outcome{
			ours: {
				{"200 ab", same, "handler: error: RequestId: ID errorString: no tea"},
				{`200 Function.ErrorString {"errorMessage":"no tea","errorType":"errorString"}`,
					same, `"requestId":"ID"`},
			},
			control: {
				{"200 ab", same, ""},
				{noTea, same, ""},
			},
		},
		why: "type and log line, as with other errors",
	},
	{
		name: "error after a megabyte", event: `{"size":1048576,"fail":"no tea"}`,
		want: [2][2]outcome{
			ours: {
				{"200 (1048576 bytes of x)", same, "errorString: no tea"},
				{`200 Function.ErrorString {"errorMessage":"no tea","errorType":"errorString"}`,
					same, "no tea"},
			},
			control: {
				{"200 (1048576 bytes of x)", same, ""},
				{noTea, same, ""},
			},
		},
		why: "as above",
	},
	{
		name:  "long error in mid-stream",
		event: `{"parts":["a"],"fail":"` + strings.Repeat("t", 20_000) + `"}`,
		want: [2][2]outcome{
			ours: {
				{"200 a", same, "errorString: ttt"},
				{`200 Function.ErrorString {"errorMessage":"ttt*`, same, ""},
			},
			control: {
				{exitedID, fresh, "suspiciously long trailer"},
				{`200 Runtime.TruncatedResponse {"errorType":"Runtime.TruncatedResponse"}`, ends,
					"unexpected status code: 400"},
			},
		},
		why: "net/http takes trailers of up to 4,096 bytes; ours are cut to that, and " +
			"aws-lambda-go exits when longer ones are refused",
	},
	{
		name: "panic in mid-stream", event: `{"parts":["a"],"panic":"no tea"}`,
		want: [2][2]outcome{
			ours: {
				{"502 a", fresh, "handler: panic: RequestId: ID string: no tea"},
				{`200 Runtime.Panic {"errorMessage":"no tea","errorType":"string","stackTrace":[*`,
					ends, `"requestId":"ID"`},
			},
			control: {
				{exitedID, fresh, "panic: no tea"},
				{`200 Runtime.TruncatedResponse {"errorType":"Runtime.TruncatedResponse"}`, ends,
					"panic: no tea"},
			},
		},
		why: "a panic of a reader kills aws-lambda-go's process without a report",
	},
	{
		name: "one byte too many", event: fmt.Sprintf(`{"size":%d}`, limit+1),
		want: [2][2]outcome{
			ours: {
				{strings.Replace(cutByAPI, "502", "200", 1), same, "refused: 413"},
				{cutToo, same, "refused: 413"},
			},
			control: {
				{cutByAPI, fresh, "unexpected status code: 413"},
				{cutToo, ends, "unexpected status code: 413"},
			},
		},
		why: "the API refuses a stream that is too large for a caller who does not take " +
			"streams, and aws-lambda-go exits",
	},
	{
		name: "40 MB", event: `{"size":40000000}`,
		want: [2][2]outcome{
			ours: {
				{strings.Replace(cutByAPI, "502", "200", 1), same, "refused: 413"},
				{cutToo, same, "refused: 413"},
			},
			control: {
				{cutByAPI, fresh, "unexpected status code: 413"},
				{cutToo, ends, "unexpected status code: 413"},
			},
		},
		why: "as above",
	},
}

// streaming are the programs that stream.
var streaming = [2]string{"./programs/streams/ours", "./programs/streams/control"}

// Whatever becomes of a stream, its caller gets a reply, and the next event is
// served.
func TestStreamFailures(t *testing.T) {
	t.Parallel()
	all(t, streams, streaming)
}

// A stream whose time is over in its middle. Managed mode lets it end, and so does
// classic mode sometimes; otherwise the process is killed, and the caller is told of
// the timeout. The next event is served in any case.
func TestStreamTimeout(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		for r, program := range streaming {
			t.Run(fmt.Sprint(m, "/", runtimes[r]), func(t *testing.T) {
				t.Parallel()
				e := start(t, setup{mode: m, program: program, timeout: brief})
				before := e.who()
				got := e.ask(`{"parts":["a","b"],"pause_ms":6000}`)
				now := e.who()
				whole := got.String() == "200 ab" && now.PID == before.PID && now.Served == 3
				killed := got.String() == late && now.PID != before.PID && now.Served == 1
				if !whole && (!killed || m == managed) {
					t.Errorf("the caller gets %s; the next event meets %+v, it was %+v before",
						got, now, before)
				}
			})
		}
	}
}

// Streams of all sizes that a caller can get, in one process: without a byte, in
// parts that come one by one, and up to the limit.
func TestStreams(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		for r, program := range append(streaming[:], library+"/examples/stream") {
			name := [...]string{ours.String(), control.String(), "example"}[r]
			t.Run(fmt.Sprint(m, "/", name), func(t *testing.T) {
				t.Parallel()
				e := start(t, setup{mode: m, program: program})
				for _, s := range []act.Stream{
					{}, {Parts: []string{"a"}}, {Parts: []string{"a", "b", "c"}, Pause: 10},
					{Size: 1}, {Size: 32 << 10}, {Parts: []string{"a"}, Size: 100_000},
					{Size: 5_000_000}, {Size: limit},
				} {
					event, err := json.Marshal(s)
					if err != nil {
						t.Fatal(err)
					}
					want := strings.Join(s.Parts, "") + strings.Repeat("x", s.Size)
					if got := e.ask(string(event)); got.status != 200 || got.body != want {
						t.Errorf("%s comes as %s", event, got)
					}
				}
			})
		}
	}
}

// Sixteen callers at once of streams, managed: each gets its own.
func TestSixteenStreamsAtOnce(t *testing.T) {
	t.Parallel()
	for r, program := range streaming {
		t.Run(runtimes[r].String(), func(t *testing.T) {
			t.Parallel()
			e := start(t, setup{mode: managed, program: program, workers: 16})
			e.callers(16, many(4000), func(i int) {
				s := act.Stream{Parts: []string{fmt.Sprint("stream ", i, ", "), "and so on"}}
				want := fmt.Sprint("stream ", i, ", and so on")
				switch {
				case i%100 == 50:
					s.Size = 100_000 + i
					want += strings.Repeat("x", s.Size)
				case i%10 == 5:
					message := fmt.Sprint("stream ", i, " fails")
					s.Fail = &message
					want = fmt.Sprintf(`{"errorMessage":%q,"errorType":"errorString"}`, message)
				}
				event, err := json.Marshal(s)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := e.invoke(string(event))
				if err != nil || got.status != 200 || got.body != want {
					t.Errorf("%s comes to %s, %v; want %.100s", event, got, err, want)
				}
			})
		})
	}
}
