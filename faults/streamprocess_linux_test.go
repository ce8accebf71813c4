//go:build (amd64 || arm64) && !minlambda_net

package faults

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// The example does what its event says, part by part.
func TestStreamExample(t *testing.T) {
	t.Parallel()
	p := launch(t, "", program.Command(looptest.Example(t, "stream")))
	pending := p.API.Queue(lambdatest.Event{Payload: []byte(
		`{"parts":["a","","bc"],"pause_ms":20,"size":100000,"fail":"on purpose"}`)})
	stream := pending.Stream(t.Context())
	x := strings.Repeat("x", 32<<10)
	for _, want := range []string{"a", "bc", x, x, x, x[:100000-3*len(x)]} {
		if got, err := stream.Chunk(); string(got) != want || err != nil {
			t.Fatalf("chunk %.20q of %d bytes, %v; want %.20q of %d", got, len(got), err, want,
				len(want))
		}
	}
	r := looptest.Result(t, pending)
	if r.Err == nil || r.Err.Message != "on purpose" ||
		r.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("ended with %s, %v", outcome(r), r.Header)
	}
	for event, want := range map[string]struct {
		streaming bool
		body      string
	}{
		`{}`:                              {false, ""},
		`{"parts":["a"]}`:                 {true, "a"},
		`{"parts":["a"],"fail":"late"}`:   {true, "a"},
		`{"fail":"early"}`:                {false, ""},
		`{"fail":"early","size":1000000}`: {false, ""},
		`{"size":3}`:                      {true, "xxx"},
	} {
		r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(event)}))
		if (r.Err != nil) != strings.Contains(event, "fail") || r.Streaming != want.streaming ||
			string(r.Body) != want.body {
			t.Errorf("%s ended with %s, streaming %v", event, outcome(r), r.Streaming)
		}
	}
	panics := []byte(`{"parts":["a"],"panic":"at last"}`)
	r = looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: panics}))
	if string(r.Body) != "a" || r.Err == nil || r.Err.Message != "at last" ||
		len(r.Err.StackTrace) == 0 {
		t.Errorf("the panic ended with %q, %s", r.Body, outcome(r))
	}
	if said := p.Exits(1); !strings.Contains(said, "at last") {
		t.Errorf("it said %q", said)
	}
}

// Streams are larger than any memory that their process has had, whoever fills them and however
// slowly they are read.
func TestStreamsMemory(t *testing.T) {
	t.Parallel()
	if program.Emulated() {
		t.Skip("the memory is the emulator's")
	}
	const size, most = 40 << 20, 8 << 20
	p := launch(t, "", program.Command(looptest.Example(t, "stream")))
	p.API.Keep(0)
	for range 3 {
		event := fmt.Appendf(nil, `{"parts":["a"],"size":%d}`, size)
		pending := p.API.Queue(lambdatest.Event{Payload: event})
		n, err := io.Copy(io.Discard, pending.Stream(t.Context()))
		if n != size+1 || err != nil {
			t.Fatalf("%d bytes came, %v", n, err)
		}
		if r := looptest.Result(t, pending); r.Status != 202 {
			t.Errorf("ended with status %d, %s", r.Status, outcome(r))
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	kib := 0
	fmt.Sscan(string(line), &kib)
	t.Logf("%d KiB at the most", kib)
	if kib == 0 || kib<<10 > most {
		t.Errorf("%d KiB of memory; want %d at most", kib, most>>10)
	}
}
