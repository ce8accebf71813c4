package lambdatest

import (
	"reflect"
	"strings"
	"testing"
)

// The cause of an error is read and, if Lambda would drop it, or a part of it, blamed.
func TestCause(t *testing.T) {
	const before, after = `{"working_directory":"/var/task","exceptions":[{"type":"T","message":"`,
		`","stack":[{"path":"a/b.go","line":3,"label":"f"}]}],"paths":["a/b.go"]}`
	good := Cause{"/var/task", []Exception{{"T", "text", []Frame{{"a/b.go", 3, "f"}}}},
		[]string{"a/b.go"}}
	fill := strings.Repeat("x", MaxCause-len(before)-len(after))
	long := good
	long.Exceptions = []Exception{{"T", fill, good.Exceptions[0].Stack}}
	for name, c := range map[string]struct {
		header string
		want   *Cause
		wrong  string
	}{
		"none":           {"", nil, ""},
		"good":           {before + "text" + after, &good, ""},
		"as long as may": {before + fill + after, &long, ""},
		"too long":       {before + fill + "x" + after, nil, "65537 bytes, 65537 as Lambda"},
		"too long anew":  {before + fill[1:] + "<" + after, nil, "65536 bytes, 65541 as Lambda"},
		"not JSON":       {"{", nil, "unexpected end of JSON"},
		"another type":   {`{"exceptions":1}`, nil, "cannot unmarshal"},
		"null for frames": {`{"exceptions":[{"type":"T","message":"m","stack":null}]}`, nil,
			"no stack"},
		"no frames":    {`{"exceptions":[{"type":"T","message":"m"}]}`, nil, "no stack"},
		"says nothing": {`{}`, nil, "says nothing"},
		"not ASCII":    {before + "\u00e4" + after, nil, "byte 0xc3 at 70"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			p := s.Queue(Event{})
			cl := dial(t, s)
			cl.send(getNext)
			id := cl.id(cl.expect(200))
			header := ""
			if c.header != "" {
				header = headerCause + ": " + c.header + "\r\n"
			}
			cl.send("%s", post(id, "error", header, `{"errorMessage":"m","errorType":"T"}`))
			cl.expect(202) // Lambda takes the error all the same
			if got := result(t, p).Err.Cause; !reflect.DeepEqual(got, c.want) {
				t.Errorf("cause %.200v, want %.200v", got, c.want)
			}
			if c.wrong == "" {
				blameless(t, s)
			} else {
				blamed(t, s, "XRay-Error-Cause: .*"+c.wrong)
			}
		})
	}
}
