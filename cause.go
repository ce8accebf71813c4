package minlambda

import (
	"syscall"

	"github.com/minlambda/minlambda/internal/ascii"
)

// maxCause is the most bytes of an error's cause: of a longer one the Runtime API leaves out the
// exception, with all that is in it.
const maxCause = 64 << 10

// cause is what X-Ray is told of an error, as the value of a header: JSON in visible ASCII. The
// Runtime API writes it anew before it measures it, with <, > and & as \u003c and so on; so are
// they here. One that is not valid it would drop without a word.
//
// What is too long loses the end of its message, the outermost frames and their paths, until it
// fits: a byte takes six at the worst, so it does in the end.
func (rec *Record) cause() string {
	dir, _ := syscall.Getwd()
	for limit := maxCause * 3 / 4; ; limit /= 2 {
		text := ascii.Visible(`{"working_directory":` + ascii.JSON(dir) +
			`,"exceptions":[{"type":` + ascii.JSON(rec.Type) +
			`,"message":` + ascii.JSON(clip(rec.Message, limit)) +
			`,"stack":[` + first(string(rec.frames), `,{"`, limit) +
			`]}],"paths":[` + first(rec.paths[min(1, len(rec.paths)):], `,"`, limit) + "]}")
		if len(text) <= maxCause {
			return text
		}
	}
}

// addPath adds a comma and a path, unless they are there.
func (rec *Record) addPath(path string) {
	for i := 0; i+len(path) <= len(rec.paths); i++ {
		if rec.paths[i:i+len(path)] == path {
			return
		}
	}
	rec.paths += path
}

// first is what has at most limit bytes of a list in JSON whose items begin, but for the first,
// with begin: no string has that in it, since a quote is escaped there.
func first(list, begin string, limit int) string {
	if len(list) <= limit {
		return list
	}
	for limit = min(limit, len(list)-len(begin)); limit > 0; limit-- {
		if list[limit:limit+len(begin)] == begin {
			break
		}
	}
	return list[:limit]
}
