package lambdajson

import (
	"math"
	"runtime"

	"github.com/minlambda/minlambda/pool"
	"github.com/valyala/fastjson"
)

// A memory is what a JSON handler keeps from one event to the next: a parser and an arena, which
// grow to the largest event and response that they have held. A value takes 80 bytes and its place
// in one or two slices. So the event [[0],[0],…] takes 230 times its size, and nearly all of that
// stays (TestMemory prints the figures). One such event must not cost the process that memory for
// ever.
type memory struct {
	parser   fastjson.Parser
	arena    fastjson.Arena
	check    check
	mended   []byte // the event or the response, if it had to be changed
	event    int    // size of the current event
	response int    // size of the current response
	most     int    // the largest size of either since parser and arena were new
	small    int    // invocations in a row whose sizes were less than a quarter of most
}

// Parser and arena are dropped when, for keepFor invocations in a row, a quarter of their memory
// would have been enough. A memory that has only seen sizes up to keepSize, and so takes at most 4
// MB, is never dropped. If at least one event in a hundred is large, the function goes on without
// an allocation.
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

// decodeKeys decodes the keys of all objects. fastjson does so only when a key is not found, or
// when Visit is called. Until then {"\u0061":1,"a":2} has one a, the second; after that it has two,
// and Get finds the first.
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

// age counts the invocation that has ended.
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
	runtime.GC() // a loop that allocates nothing would never start a collection
}

// poison overwrites the memory that strings of the last invocation point to: the parser has a copy
// of the event, and the arena has the texts that were put into it. A text longer than those would
// be put elsewhere.
func (m *memory) poison() {
	text := make([]byte, max(m.event, m.response))
	pool.Poison(text)
	m.arena.Reset()
	m.arena.NewStringBytes(text[:max(m.response-2, 0)]) // NewStringBytes adds quotes
	if m.event > 1 {
		text[0], text[m.event-1] = '"', '"'
		_, _ = m.parser.ParseBytes(text[:m.event])
	}
}
