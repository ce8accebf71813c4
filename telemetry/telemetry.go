// Package telemetry writes log messages to where Lambda has its own runtimes write them, in place
// of standard error: to a descriptor, which _LAMBDA_TELEMETRY_LOG_FD names, or a socket, which
// _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET names, on Lambda Managed Instances. There a message of
// several lines is one entry of the log, and has its level without being JSON.
//
//	loop.Log = telemetry.Log()
//
// Lambda has not been seen to set either for functions on an OS-only runtime, which is where Go
// runs, so nothing of this is in a program that does not ask for it. What a handler prints itself,
// with packages fmt, log and os, goes where it always does.
package telemetry

import (
	"encoding/binary"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/minlambda/minlambda"
)

const (
	fdVariable     = "_LAMBDA_TELEMETRY_LOG_FD"
	socketVariable = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"
)

// Log returns a function for minlambda.Loop's field Log that writes each record as one message; nil
// if Open returns nil, with which the loop writes to standard error. The variables
// AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL hold as they do for standard error. A record that
// could not be written is written to standard error.
func Log() func(minlambda.Record) {
	w := Open()
	if w == nil {
		return nil
	}
	isJSON := strings.EqualFold(os.Getenv("AWS_LAMBDA_LOG_FORMAT"), "JSON")
	least := minlambda.Level(0)
	for l := minlambda.LevelTrace; l <= minlambda.LevelFatal; l++ {
		if strings.EqualFold(os.Getenv("AWS_LAMBDA_LOG_LEVEL"), l.String()) {
			least = l
		}
	}
	return func(r minlambda.Record) {
		if r.Level < least {
			return
		}
		text := r.String()
		if isJSON {
			text = r.JSON()
		}
		if w.Message(r.Level, isJSON, text) != nil {
			os.Stderr.WriteString(text + "\n")
		}
	}
}

// A Writer writes messages to where Lambda wants them. Its methods may be called from any
// goroutine.
type Writer struct {
	mu     sync.Mutex
	file   *os.File
	framed bool
	what   string // for errors
	err    error  // that has ended it
	buf    []byte
}

var opened struct {
	once   sync.Once
	writer *Writer
}

// Open returns the process's Writer; nil if neither variable is set, or what it names can't be
// opened, which is said on standard error. The first call removes the variables from the
// environment, as Lambda's own runtimes do: a child process has no such descriptor. It must come
// before anything is opened, such as the connection of a Loop: a number that names nothing is found
// out only as long as nothing else has taken it.
func Open() *Writer {
	opened.once.Do(func() {
		number, path := os.Getenv(fdVariable), os.Getenv(socketVariable)
		os.Unsetenv(fdVariable)
		os.Unsetenv(socketVariable)
		w := &Writer{framed: path == "", what: fdVariable + "=" + number}
		var err error
		switch {
		case path != "": // Managed Instances: they set no descriptor
			w.what = socketVariable + "=" + path
			w.file, err = connect(path)
		case number != "":
			w.file, err = adopt(number)
		default:
			return
		}
		if err != nil {
			w.complain(err)
			return
		}
		opened.writer = w
	})
	return opened.writer
}

// complain says on standard error why messages go there.
func (w *Writer) complain(err error) {
	os.Stderr.WriteString("minlambda: telemetry: " + strings.ToValidUTF8(w.what, "\ufffd") + ": " +
		err.Error() + "; the log goes to standard error\n")
}

// The type of a frame says that it is one, its message's level, and whether the message is text or
// JSON.
const (
	frameType  = uint32(0xA55A0000)
	frameLevel = 2 // bits to the left
	frameTimed = 2
	frameText  = 1
	frameHead  = 16
)

// Message writes one message, without a line end: to a descriptor in a frame, with its level and
// the time, in one write; to a socket as it is, with a line end after it, so that it should be one
// line. A level that is none counts as LevelInfo. isJSON says that the text is a JSON object with
// the fields timestamp and level, as Lambda expects it if AWS_LAMBDA_LOG_FORMAT is JSON.
//
// After an error, which is said once on standard error, every call returns it: the descriptor may
// have lost the end of a frame, and its number may name something else by now.
func (w *Writer) Message(level minlambda.Level, isJSON bool, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	w.buf = w.buf[:0]
	if w.framed {
		if level < minlambda.LevelTrace || level > minlambda.LevelFatal {
			level = minlambda.LevelInfo
		}
		kind := frameType | uint32(level)<<frameLevel | frameTimed
		if !isJSON {
			kind |= frameText
		}
		w.buf = binary.BigEndian.AppendUint32(w.buf, kind)
		w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(len(text)))
		w.buf = binary.BigEndian.AppendUint64(w.buf, uint64(time.Now().UnixMicro()))
	}
	w.buf = append(w.buf, text...)
	if !w.framed {
		w.buf = append(w.buf, '\n')
	}
	if _, w.err = w.file.Write(w.buf); w.err != nil {
		w.file.Close()
		w.complain(w.err)
	}
	return w.err
}
