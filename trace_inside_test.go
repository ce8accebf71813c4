package minlambda

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda/internal/race"
)

// ids returns what exports a trace ID of Lambda's length at each call, a new one each time or the
// same.
func ids(t testing.TB, changing bool) (export func()) {
	t.Setenv(traceVariable, "")
	const before = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
		"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Parent="
	head, n := []byte(before), 1<<20
	return func() {
		if changing {
			n++
		}
		head = append(strconv.AppendInt(head[:len(before)], int64(n), 10), "\r\n\r\n"...)
		exportTraceID(head)
	}
}

// A new ID costs an allocation and what Setenv takes for any value, which is one without cgo; the
// same ID costs nothing.
func TestExportTraceIDAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates where the program does not")
	}
	t.Setenv("MINLAMBDA_TEST", "")
	long := strings.Repeat("x", 80)
	set := testing.AllocsPerRun(10, func() { syscall.Setenv("MINLAMBDA_TEST", long) })
	for _, changing := range []bool{false, true} {
		export, want := ids(t, changing), 0.0
		if changing {
			want = 100 * (1 + set)
		}
		if n := testing.AllocsPerRun(10, func() {
			for range 100 {
				export()
			}
		}); n != want {
			t.Errorf("%v allocations in 100 events, want %v; the variable is %q", n, want,
				os.Getenv(traceVariable))
		}
	}
}

func BenchmarkExportTraceID(b *testing.B) {
	for name, changing := range map[string]bool{"new": true, "same": false} {
		b.Run(name, func(b *testing.B) {
			export := ids(b, changing)
			b.ReportAllocs()
			for b.Loop() {
				export()
			}
		})
	}
}
