package minlambda_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// ofMany is a JSON array of about size bytes: of unit again and again.
func ofMany(unit string, size int) []byte {
	return []byte("[" + strings.Repeat(unit, size/len(unit)) + "0]")
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What a byte of an event takes as a value: JSON's doc comment says 230 at the most.
func TestJSONMemory(t *testing.T) {
	const most = 230
	greatest := 0
	for _, unit := range []string{"0,", "[],", "{},", "[0],", `"",`, `{"":0},`, `{"a":"bcdefghi"},`} {
		event := ofMany(unit, 200_000)
		live := 0
		before := heap()
		handler := minlambda.JSON(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			live = heap() - before
			runtime.KeepAlive(event)
			return nil, nil
		})
		if _, err := handler(nil, event); err != nil {
			t.Fatal(err)
		}
		kept := heap() - before
		runtime.KeepAlive(handler)
		t.Logf("[%s…] of %d bytes: %d times that as a value, %d times kept afterwards", unit, len(event), live/len(event), kept/len(event))
		greatest = max(greatest, live/len(event))
	}
	if greatest > most || greatest < most/4 {
		t.Errorf("%d bytes of memory for a byte; the doc comment says %d at the most", greatest, most)
	}
}

// What one large event has made the parser grow to is given back when a hundred small ones have come in a row.
func TestJSONMemoryIsGivenBack(t *testing.T) {
	large := ofMany("0,", 256<<10)
	for name, h := range map[string]minlambda.JSONHandler{
		"event": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) { return nil, nil },
		"error": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) { return nil, errors.New("x") },
		"response": func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
			list := a.NewArray()
			for i := range event.GetInt() {
				list.SetArrayItem(i, a.NewNumberInt(i))
			}
			return list, nil
		},
	} {
		handler := minlambda.JSON(h)
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
			t.Errorf("%s: %d bytes were kept, and %d after a hundred small events", name, grown, left)
		}
		runtime.KeepAlive(handler)
		runtime.KeepAlive(dst)
	}
}

// Where large events keep coming, once in a hundred at least, nothing is given back, and nothing allocated.
func TestJSONMemoryIsKept(t *testing.T) {
	if raceDetector || poisonTag {
		t.Skip("both allocate on their own")
	}
	large, small := ofMany("0,", 128<<10), []byte("1")
	handler := minlambda.JSON(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) { return nil, nil })
	dst := make([]byte, 0, 100)
	round := func() {
		handler(dst, large)
		for range 99 {
			handler(dst, small)
		}
	}
	for range 10 { // a value's own slices grow a few events longer
		round()
	}
	if n := testing.AllocsPerRun(10, round); n != 0 {
		t.Errorf("%v allocations in 100 invocations", n)
	}
	if n := testing.AllocsPerRun(1, func() { round(); round(); handler(dst, small); handler(dst, small); handler(dst, large) }); n == 0 {
		t.Error("the guard sees no allocation where a hundred small events were in a row")
	}
}
