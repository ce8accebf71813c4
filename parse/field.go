package parse

import (
	"bytes"
	"strings"

	"github.com/minlambda/minlambda/internal/ascii"
)

// Field looks a header up in a head that Parse has accepted, from its status
// line to its empty line. The name is compared ignoring ASCII case; of several
// headers with the name the first counts. The value comes without the white
// space around it; ok tells an empty value from none. The value is head's own
// bytes and lives as long as they do.
func Field(head []byte, name string) (value []byte, ok bool) {
	if strings.IndexByte(name, ':') >= 0 {
		return nil, false // no name, but it could be found in a value
	}
	for {
		i := bytes.IndexByte(head, '\n') // the status line first, which is no field
		if i < 0 {
			return nil, false
		}
		head = head[i+1:]
		if len(head) <= len(name) || head[len(name)] != ':' || !ascii.EqualFold(head[:len(name)], name) {
			continue
		}
		if i = bytes.IndexByte(head, '\r'); i < 0 {
			i = len(head)
		}
		return trim(head, len(name)+1, i).Of(head), true
	}
}
