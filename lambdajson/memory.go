package lambdajson

import (
	"math"
	"runtime"

	"github.com/minlambda/minlambda/pool"
	"github.com/valyala/fastjson"
)

// A memory is what a handler over JSON values keeps from one event to the
// next: a parser and an arena, which grow to the largest they have had to hold.
// A value takes 80 bytes and its place in a slice or two, so that the event
// [[0],[0],…] becomes 230 times its size, of which nearly all stays
// (TestMemory prints what). One such event must not cost the process that
// for ever.
type memory struct {
	parser   fastjson.Parser
	arena    fastjson.Arena
	check    check
	mended   []byte // the event or the response, where it had to be changed
	event    int    // size of the present one
	response int    // as event
	most     int    // the greatest size of either since parser and arena were new
	small    int    // invocations in a row that had less than a quarter of it
}

// Parser and arena are dropped when for keepFor invocations in a row a quarter
// of their memory would have done. Nothing is dropped that has only seen sizes
// up to keepSize, and so takes 4 MB at the worst. A function whose large events
// are one in a hundred or more goes on without an allocation.
const (
	keepFor  = 100
	keepSize = 16 << 10
)

// parse ends the life of the last invocation's values, and parses event.
func (m *memory) parse(event []byte) (*fastjson.Value, error) {
	m.age()
	if pool.Always {
		m.poison()
	}
	m.event, m.response = len(event), 0
	m.arena.Reset()
	if at := m.check.run(event, fastjson.MaxDepth); m.check.want != "" {
		message := m.check.describe("event", event, at)
		if encoding := foreignEncoding(event); encoding != "" {
			message = "event is not JSON: " + encoding
		}
		return nil, &notJSON{"Runtime.UnmarshalError", message}
	}
	if m.check.halfPairs {
		m.mended = appendWholePairs(m.mended[:0], event)
		event = m.mended
	}
	value, err := m.parser.ParseBytes(event)
	if err != nil {
		return nil, &notJSON{"Runtime.UnmarshalError", "event is not JSON: " + err.Error()}
	}
	if m.check.escapedKeys {
		decodeKeys(value)
	}
	return value, nil
}

// decodeKeys decodes the keys of all objects. fastjson does so when a key is
// not found, or Visit is called; until then {"\u0061":1,"a":2} has one a, the
// second, and thereafter two, of which Get finds the first.
func decodeKeys(v *fastjson.Value) {
	v.GetObject().Visit(decodeKeysOf)
	for _, v := range v.GetArray() {
		decodeKeys(v)
	}
}

func decodeKeysOf(_ []byte, v *fastjson.Value) { decodeKeys(v) }

// respond appends the response to dst.
func (m *memory) respond(dst []byte, response *fastjson.Value) ([]byte, error) {
	if response == nil {
		return append(dst, "null"...), nil
	}
	n := len(dst)
	dst = response.MarshalTo(dst)
	m.response = len(dst) - n
	if m.check.run(dst[n:], math.MaxInt); m.check.want == "" {
		return dst, nil
	}
	m.mended = appendMended(m.mended[:0], dst[n:])
	if at := m.check.run(m.mended, math.MaxInt); m.check.want != "" {
		return nil, &notJSON{"Runtime.MarshalError", m.check.describe("response", m.mended, at)}
	}
	return append(dst[:n], m.mended...), nil
}

// age counts the invocation that is over.
func (m *memory) age() {
	size := max(m.event, m.response)
	if size >= m.most/4 {
		m.most, m.small = max(m.most, size), 0
		return
	}
	if m.small++; m.small < keepFor || m.most <= keepSize {
		return
	}
	*m = memory{}
	runtime.GC() // a loop that allocates nothing would never bring one about
}

// poison overwrites what strings of the last invocation point to: the parser
// has a copy of the event, and the arena the texts that were put into it. More
// than was there would be put elsewhere.
func (m *memory) poison() {
	text := make([]byte, max(m.event, m.response))
	pool.Poison(text)
	m.arena.Reset()
	m.arena.NewStringBytes(text[:max(m.response-2, 0)]) // it adds quotes
	if m.event > 1 {
		text[0], text[m.event-1] = '"', '"'
		_, _ = m.parser.ParseBytes(text[:m.event])
	}
}
