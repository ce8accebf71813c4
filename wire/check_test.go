package wire

import (
	"strings"
	"testing"

	"github.com/minlambda/minlambda/pool"
)

// With the build tag minlambda_poison the buffers see that they are broken, and without it nothing
// is looked at.
func TestChecks(t *testing.T) {
	lent := func() buffer { return buffer{lent: &pool.Buffer{B: make([]byte, firstWrite)}} }
	get := make([]byte, 100)
	foreign := make([]byte, gather+1)
	box := func(body func(b []byte) []byte) *outbox {
		o := &outbox{buffer: lent(), get: get}
		o.body = body(o.lent.B)
		return o
	}
	for name, c := range map[string]struct {
		check func()
		says  string // in the panic
	}{
		"inbox":              {(&inbox{buffer: lent(), start: 1, end: 2}).check, ""},
		"inbox, full":        {(&inbox{buffer: lent(), end: firstWrite}).check, ""},
		"start after end":    {(&inbox{buffer: lent(), start: 2, end: 1}).check, "out of order"},
		"start before 0":     {(&inbox{buffer: lent(), start: -1}).check, "out of order"},
		"end after the room": {(&inbox{buffer: lent(), end: firstWrite + 1}).check, "out of order"},

		"outbox, empty": {box(func(b []byte) []byte { return nil }).check, ""},
		"outbox, full": {box(func(b []byte) []byte {
			return b[headRoom : len(b)-len(get)]
		}).check, ""},
		"outbox, large": {box(func(b []byte) []byte { return foreign }).check, ""},
		"over the GET": {box(func(b []byte) []byte {
			return b[headRoom : len(b)-len(get)+1]
		}).check, "no room for the GET"},
		"no room at all": {(&outbox{buffer: lent(), get: make([]byte, firstWrite)}).check,
			"no room for the GET"},
		"small, elsewhere": {box(func(b []byte) []byte { return foreign[:gather] }).check,
			"not in the buffer"},
		"beside the head": {box(func(b []byte) []byte { return b[headRoom+1:][:1] }).check,
			"not in the buffer"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				got, _ := recover().(string)
				if want := c.says; !pool.Always && got != "" || pool.Always &&
					(got == "") != (want == "") || pool.Always && !strings.Contains(got, want) {
					t.Errorf("panics with %q; want %q", got, want)
				}
			}()
			c.check()
		})
	}
}
