package minlambda

import (
	"bytes"
	"errors"
	"runtime"
	"strconv"

	"github.com/minlambda/minlambda/wire"
	"github.com/valyala/fastjson"
)

// A jsonMemory is what a handler over JSON values keeps from one event to the
// next: a parser and an arena, which grow to the largest they have had to hold.
// A value takes 80 bytes and its place in a slice or two, so that the event
// [0,0,…] becomes 230 times its size (TestJSONMemory prints what), of which
// 40 times stay. One such event must not cost the process that for ever.
type jsonMemory struct {
	parser fastjson.Parser
	arena  fastjson.Arena
	size   int // of the present event or response, whichever is longer
	most   int // the greatest size since parser and arena were new
	small  int // invocations in a row that had less than a quarter of it
}

// Parser and arena are dropped when for keepFor invocations in a row a quarter
// of their memory would have done. Nothing is dropped that has only seen sizes
// up to keepSize, and so takes 3 MB at the worst. A function whose large events
// are one in a hundred or more goes on without an allocation.
const (
	keepFor  = 100
	keepSize = 64 << 10
)

// parse ends the life of the last invocation's values, and parses event.
func (m *jsonMemory) parse(event []byte) (*fastjson.Value, error) {
	m.age()
	if poisonAlways {
		m.poison()
	}
	m.size = len(event)
	m.arena.Reset()
	if len(event) > maxUnchecked {
		if i := badWord(event); i >= 0 {
			return nil, errors.New("cannot parse JSON: unexpected value found at byte " + strconv.Itoa(i) + ": " +
				wire.Quote(string(event[i:min(len(event), i+maxWord)])))
		}
	}
	return m.parser.ParseBytes(event)
}

// respond appends the response to dst.
func (m *jsonMemory) respond(dst []byte, response *fastjson.Value) []byte {
	n := len(dst)
	dst = response.MarshalTo(dst)
	m.size = max(m.size, len(dst)-n)
	return dst
}

// age counts the invocation that is over.
func (m *jsonMemory) age() {
	if m.size >= m.most/4 {
		m.most, m.small = max(m.most, m.size), 0
		return
	}
	if m.small++; m.small < keepFor || m.most <= keepSize {
		return
	}
	*m = jsonMemory{}
	runtime.GC() // a loop that allocates nothing would never bring one about
}

// poison overwrites what strings of the last invocation point to: the parser
// has a copy of the event, and the arena the texts that were put into it.
func (m *jsonMemory) poison() {
	text := bytes.Repeat([]byte{0xdb}, m.size+2)
	text[0], text[len(text)-1] = '"', '"'
	_, _ = m.parser.ParseBytes(text)
	m.arena.Reset()
	m.arena.NewStringBytes(text[1 : len(text)-1])
}
