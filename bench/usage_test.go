package bench

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/minlambda/minlambda/bench/internal/echo"
	"github.com/minlambda/minlambda/bench/proc"
	"github.com/minlambda/minlambda/bench/server"
)

// Allocated is what a peer has allocated since it started.
type allocated struct{ Mallocs, Bytes uint64 }

// allocated asks the peer, which is an invocation like any other.
func (p *process) allocated(tb testing.TB) (a allocated) {
	tb.Helper()
	got, err := p.Ask(server.NewEventOf([]byte(echo.Stats)), 128, p.gone)
	if err == nil {
		err = json.Unmarshal(got, &a)
	}
	if err != nil {
		tb.Fatalf("asking what it has allocated: %v, answer %q", err, got)
	}
	return a
}

// cpu is what the peer has used; ok is false where the system doesn't say.
func (p *process) cpu(tb testing.TB) (used time.Duration, ok bool) {
	tb.Helper()
	used, err := proc.CPU(p.cmd.Process.Pid)
	if err != nil && !errors.Is(err, proc.ErrUnsupported) {
		tb.Fatal(err)
	}
	return used, err == nil
}

func (p *process) memory(tb testing.TB) (m proc.Memory, ok bool) {
	tb.Helper()
	m, err := proc.MemoryOf(p.cmd.Process.Pid)
	if err != nil && !errors.Is(err, proc.ErrUnsupported) {
		tb.Fatal(err)
	}
	return m, err == nil
}
