// Package echo is the handler that most peers run, so that only what surrounds it differs. It also
// has the response of all peers when they are asked what they have allocated.
package echo

import (
	"runtime"
	"strconv"
)

// Stats is the event that asks a peer what it has allocated since it started. Its response is
// {"mallocs":N,"bytes":N}.
const Stats = `{"memstats":true}`

var (
	memory runtime.MemStats
	report [64]byte
)

// Respond returns event itself, except for Stats. The result is valid until the next call, and
// while event is. Respond does not allocate, or it would count itself.
func Respond(event []byte) []byte {
	if string(event) != Stats {
		return event
	}
	mallocs, bytes := Allocated()
	b := append(report[:0], `{"mallocs":`...)
	b = strconv.AppendUint(b, mallocs, 10)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendUint(b, bytes, 10)
	return append(b, '}')
}

// Allocated returns what this process has allocated since it started.
func Allocated() (mallocs, bytes uint64) {
	runtime.ReadMemStats(&memory)
	return memory.Mallocs, memory.TotalAlloc
}
