package lambdatest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

const headerCause = "Lambda-Runtime-Function-XRay-Error-Cause"

// MaxCause is the most bytes that Lambda keeps of the cause of an error. Of a longer one it drops
// exceptions and paths.
const MaxCause = 64 << 10

// Cause is what the header Lambda-Runtime-Function-XRay-Error-Cause says of an error, for X-Ray.
type Cause struct {
	WorkingDirectory string      `json:"working_directory"`
	Exceptions       []Exception `json:"exceptions"`
	Paths            []string    `json:"paths"` // the files that the function was in
}

// Exception is one error of a Cause. The innermost frame comes first.
type Exception struct {
	Type    string  `json:"type"`
	Message string  `json:"message"`
	Stack   []Frame `json:"stack"`
}

// newCause reads the header of an error. Lambda drops a cause that is not valid without a word; the
// note says what is wrong with it.
func newCause(header http.Header) (cause *Cause, note string) {
	text := header.Get(headerCause)
	if text == "" {
		return nil, ""
	}
	wrong := func(format string, args ...any) (*Cause, string) {
		note := headerCause + ": " + fmt.Sprintf(format, args...)
		return nil, note + fmt.Sprintf(" in %.200q", text)
	}
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c > '~') && c != '\t' {
			return wrong("byte %#02x at %d is not visible ASCII", c, i)
		}
	}
	cause = new(Cause)
	if err := json.Unmarshal([]byte(text), cause); err != nil {
		return wrong("%v", err)
	}
	if cause.WorkingDirectory == "" && len(cause.Exceptions) == 0 && len(cause.Paths) == 0 {
		return wrong("it says nothing")
	}
	for i, e := range cause.Exceptions {
		if e.Stack == nil {
			return wrong("exception %d has no stack, which is [] where there are no frames", i)
		}
	}
	// Lambda measures what it has written anew, in which some characters take six bytes.
	anew, err := json.Marshal(cause)
	if size := max(len(text), len(anew)); err != nil || size > MaxCause {
		return wrong("%d bytes, %d as Lambda writes it: more than %d", len(text), size, MaxCause)
	}
	return cause, ""
}
