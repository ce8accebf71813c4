package parse

import "github.com/minlambda/minlambda/internal/ascii"

// Field looks up a header in a head that Parse has accepted, from its status line to its empty
// line. It compares names ignoring ASCII case; of several headers with the name the first counts.
// It returns the value without the white space around it; ok tells an empty value from a missing
// header. The value is head's own bytes and lives as long as they do.
func Field(head []byte, name string) (value []byte, ok bool) {
	for i := 0; i < len(name); i++ {
		if name[i] == ':' {
			return nil, false // not a header name, but it could be found inside a value
		}
	}
	for end := lineEnd(head, 0); ; { // the status line comes first, and is not a header
		start := end + len("\r\n")
		if start >= len(head) {
			return nil, false
		}
		end = lineEnd(head, start)
		colon := start + len(name)
		if colon < end && head[colon] == ':' && ascii.EqualFold(head[start:colon], name) {
			return trim(head, colon+1, end).Of(head), true
		}
	}
}
