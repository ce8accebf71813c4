package fuzz

import (
	"bufio"
	"bytes"
	"net/textproto"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

// FuzzField: in a head that Head.Parse accepts, Field finds under any name
// what net/textproto finds, and nothing else, and allocates nothing.
func FuzzField(f *testing.F) {
	for i, head := range heads(f) {
		f.Add(head, []string{"Content-Length", "x", "date", "X: Content-Length", ""}[i%5])
	}
	f.Fuzz(func(t *testing.T, in []byte, name string) {
		var h parse.Head
		h.Reset(maxBody)
		n, err := h.Parse(in)
		if n == 0 || err != nil {
			return
		}
		head := in[h.Start:h.End]
		r := textproto.NewReader(bufio.NewReader(bytes.NewReader(head)))
		if _, err := r.ReadLine(); err != nil {
			t.Fatal(err)
		}
		want, err := r.ReadMIMEHeader()
		if err != nil {
			t.Fatalf("we accept, net/textproto says: %v", err)
		}
		noAllocs(t, in, func() { parse.Field(head, name) })
		names := []string{name}
		for key := range want {
			names = append(names, key, strings.ToLower(key), strings.ToUpper(key), key[1:], key+"x",
				key+":")
		}
		for _, name := range names {
			value, ok := parse.Field(head, name)
			if values := want.Values(name); ok != (len(values) > 0) ||
				string(value) != want.Get(name) {
				t.Errorf("%q: we find %q, %v; net/textproto %q", name, value, ok, values)
			}
		}
	})
}
