package lambdajson_test

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/minlambda/minlambda/pool"
	"github.com/valyala/fastjson"
)

// ofMany returns a JSON array of about size bytes: unit, again and again.
func ofMany(unit string, size int) []byte {
	return []byte("[" + strings.Repeat(unit, size/len(unit)) + "0]")
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// How much memory a byte of an event takes as a value: New's doc comment says at most 230 bytes.
func TestMemory(t *testing.T) {
	const most = 230
	greatest := 0
	for _, unit := range []string{
		"0,", "[],", "{},", "[0],", `"",`, `{"":0},`, `{"a":"bcdefghi"},`,
	} {
		event := ofMany(unit, 200_000)
		live := 0
		before := heap()
		handler := lambdajson.New(
			func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
				live = heap() - before
				runtime.KeepAlive(event)
				return nil, nil
			})
		if _, err := handler(nil, event); err != nil {
			t.Fatal(err)
		}
		kept := heap() - before
		runtime.KeepAlive(handler)
		t.Logf("[%s…] of %d bytes: %d times that as a value, %d times kept afterwards",
			unit, len(event), live/len(event), kept/len(event))
		greatest = max(greatest, live/len(event))
	}
	if greatest > most || greatest < most/4 {
		t.Errorf("%d bytes of memory for a byte; the doc comment says %d at the most",
			greatest, most)
	}
}

// The memory that the parser took for one large event is given back after a hundred small events in
// a row.
func TestMemoryIsGivenBack(t *testing.T) {
	large := ofMany("0,", 256<<10)
	for name, h := range map[string]lambdajson.Handler{
		"event": null,
		"error": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			return nil, errors.New("x")
		},
		"response": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			list := a.NewArray()
			for i := range event.GetInt() {
				list.SetArrayItem(i, a.NewNumberInt(i))
			}
			return list, nil
		},
	} {
		handler := lambdajson.New(h)
		dst := make([]byte, 0, 1<<20)
		before := heap()
		if name == "response" {
			handler(dst, []byte("100000"))
		} else {
			handler(dst, large)
		}
		grown := heap() - before
		for range 101 {
			handler(dst, []byte("1"))
		}
		if left := heap() - before; grown < 4<<20 || left > 1<<20 {
			t.Errorf("%s: %d bytes were kept, and %d after a hundred small events",
				name, grown, left)
		}
		runtime.KeepAlive(handler)
		runtime.KeepAlive(dst)
	}
}

// If large events keep coming, at least one in a hundred, nothing is given back, and nothing is
// allocated.
func TestMemoryIsKept(t *testing.T) {
	if race.Enabled || pool.Always {
		t.Skip("both allocate on their own")
	}
	large, small := ofMany("0,", 128<<10), []byte("1")
	handler := lambdajson.New(null)
	dst := make([]byte, 0, 100)
	round := func() {
		handler(dst, large)
		for range 99 {
			handler(dst, small)
		}
	}
	for range 10 { // a value's own slices still grow for a few events
		round()
	}
	if n := testing.AllocsPerRun(10, round); n != 0 {
		t.Errorf("%v allocations in 100 invocations", n)
	}
	if n := testing.AllocsPerRun(1, func() {
		round()
		round()
		handler(dst, small)
		handler(dst, small)
		handler(dst, large)
	}); n == 0 {
		t.Error("the guard sees no allocation where a hundred small events were in a row")
	}
}

// Memory is given back after exactly a hundred invocations in a row of less than a quarter of the
// largest size, if that was over 16 KiB. If the row is one shorter, or a size one off, the memory
// is kept. With memory that was kept, a large value is parsed, or made, without taking more.
func TestMemoryBoundaries(t *testing.T) {
	if race.Enabled || pool.Always {
		t.Skip("both allocate on their own")
	}
	const keepSize = 16 << 10
	for _, c := range []struct {
		name              string
		large, small, row int
		kept              bool
	}{
		{"a row of 99", 64 << 10, 1, 99, true},
		{"a row of 100", 64 << 10, 1, 100, false},
		{"a row of 100 that fail", 64 << 10, 0, 100, false},
		{"a quarter", 64 << 10, 16 << 10, 300, true},
		{"a byte less than a quarter", 64 << 10, 16<<10 - 1, 100, false},
		{"16 KiB", keepSize, 1, 300, true},
		{"16 KiB and one", keepSize + 1, 1, 100, false},
	} {
		for name, newRun := range map[string]func(*testing.T) func(size int){
			"event": eventOf, "response": responseOf,
		} {
			run := newRun(t)
			for range 10 { // a value's own slices still grow for a few events
				run(c.large)
			}
			run(c.large / 2) // the largest counts, not the last one that was not small
			var before, after runtime.MemStats
			for range c.row {
				run(c.small)
			}
			runtime.ReadMemStats(&before)
			run(c.large)
			runtime.ReadMemStats(&after)
			// Something else may allocate a few bytes in the meantime.
			if n := int(after.TotalAlloc - before.TotalAlloc); (n < c.large/2) != c.kept {
				t.Errorf("%s, %s: %d bytes were allocated; want memory kept: %v",
					c.name, name, n, c.kept)
			}
			if !c.kept && before.NumGC == after.NumGC {
				t.Errorf("%s, %s: nothing was collected", c.name, name)
			}
		}
	}
}

// eventOf returns a function that handles an event of size bytes; with size 0 the event is refused.
func eventOf(t *testing.T) func(size int) {
	handler := lambdajson.New(null)
	events, dst := map[int][]byte{0: nil, 1: []byte("0")}, make([]byte, 0, 10)
	return func(size int) {
		event, known := events[size]
		if !known {
			event = []byte(`"` + strings.Repeat("x", size-2) + `"`)
			events[size] = event
		}
		if _, err := handler(dst, event); (err == nil) != (size > 0) {
			t.Fatal(err)
		}
	}
}

// responseOf returns a function that makes a response of size bytes after others; with size 0 the
// response is refused.
func responseOf(t *testing.T) func(size int) {
	const before = 50 << 10
	size, failure := 0, errors.New("on purpose")
	text, dst := strings.Repeat("x", 100<<10), make([]byte, before, 150<<10)
	handler := lambdajson.New(
		func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			switch size {
			case 0:
				return nil, failure
			case 1:
				return event, nil
			}
			return a.NewString(text[:size-2]), nil
		})
	event := []byte("0")
	return func(n int) {
		size = n
		out, err := handler(dst, event)
		if (err == nil) != (n > 0) || err == nil && len(out) != before+n {
			t.Fatal(len(out), err)
		}
	}
}

func poisoned(b []byte) bool { return bytes.Equal(b, bytes.Repeat([]byte{0xdb}, len(b))) }

// With the build tag, the strings of fastjson values are overwritten too.
func TestPoison(t *testing.T) {
	var keptName, keptText []byte
	handler := lambdajson.New(
		func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			if keptName == nil {
				text := a.NewStringBytes(bytes.Repeat([]byte("t"), 100))
				keptName, keptText = event.GetStringBytes("name"), text.GetStringBytes()
				return text, nil
			}
			return nil, nil
		})
	for _, event := range []string{`{"name":"Ada"}`, `1`} {
		if _, err := handler(nil, []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	if got := poisoned(keptName); got != pool.Always {
		t.Errorf("tag %v: a kept part of the event is %q", pool.Always, keptName)
	}
	if got := poisoned(keptText); got != pool.Always {
		t.Errorf("tag %v: a kept text of the arena is %q", pool.Always, keptText)
	}
}
