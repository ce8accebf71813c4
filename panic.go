package minlambda

import (
	"errors"
	"runtime"

	"github.com/minlambda/minlambda/internal/ascii"
)

var errPanic = errors.New("panic")

// crashed reports the panic that has come out of a handler, or its call of
// runtime.Goexit, then logs it with its stack, and returns what ends the loop. It
// must be called by the function that recovers v: the handler's frames are
// still on the stack then. What has come out of After is only logged: the invocation is over.
func (r *runner) crashed(v any) error {
	op := "handler"
	if r.inAfter {
		op = "Loop.After"
	}
	rec, message := r.panicked(op, v)
	if r.inAfter {
		rec.Message = op + ": " + rec.Message
	} else if err := r.fail(rec, typePanic, false); err != nil {
		r.log(err.Error() + "; of " + rec.RequestID)
	}
	r.hand(rec) // last: it may be slow, or for ever
	return failed(op, errPanic, ascii.Quote(message))
}

// typePanic is what the header of a report says of a panic.
const typePanic = "Runtime.Panic"

// panicked makes a Record of the panic of who, whose value is v, or of its call of
// runtime.Goexit, and returns the whole message as well. It must be called where
// crashed must.
func (r *runner) panicked(who string, v any) (rec *Record, message string) {
	message, kind := who+" called runtime.Goexit", "Goexit"
	if v != nil {
		message, kind = panicMessage(v), typeName(v)
	}
	rec = r.record(LevelFatal, kind, message)
	rec.Panic = true
	if goexit := rec.trace(); v == nil && !goexit { // panic(nil) under GODEBUG=panicnil=1
		message = "nil"
		rec.Message, rec.Type = message, message
	}
	return rec, message
}

// panicMessage is the value of a panic as Go prints it, but for the name of its
// type, for the kinds of value that programs panic with. The method that it
// calls is the user's, and may panic itself.
func panicMessage(v any) (message string) {
	defer func() {
		if recover() != nil {
			message = typeName(v) + " whose method panicked in turn"
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	}
	if message, ok := basic(v); ok {
		return message
	}
	return "value of type " + typeName(v)
}

// trace puts the stack of the panic that is under way into rec, and reports
// whether it is a call of runtime.Goexit instead: innermost first, from the
// function that did it on, without the Go runtime's own.
func (rec *Record) trace() (goexit bool) {
	pcs := make([]uintptr, maxFrames+32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	raised := false
	for n := 0; n < maxFrames; {
		f, more := frames.Next()
		if len(f.Function) < 8 || f.Function[:8] != "runtime." {
			if raised {
				rec.frame(f.Function, f.File, f.Line)
				n++
			}
		} else if !raised {
			goexit = f.Function == "runtime.Goexit"
			raised = goexit || f.Function == "runtime.gopanic"
		}
		if !more {
			break
		}
	}
	return goexit
}

// frame adds a function to the stack, as Go prints it, but for arguments and
// addresses, and as aws-lambda-go writes it into the report.
func (rec *Record) frame(function, file string, lineNumber int) {
	path, label := split(function, file)
	line := ascii.Itoa(lineNumber)
	stack := clip(function, maxName) + "(...)\n\t" + path + ":" + line
	path = ascii.JSON(path)
	frame := `{"path":` + path + `,"line":` + line + `,"label":` + ascii.JSON(label) + "}"
	if rec.Stack != "" {
		stack, frame = "\n"+stack, ","+frame
	}
	rec.Stack += stack
	rec.frames = append(rec.frames, frame...)
	rec.addPath("," + path)
}

// split divides a function's name, such as example.com/m/p.(*T).Method, into
// its package's import path and the rest, and returns as the path of its file
// the import path and the file's name: the directory is that of the build, which
// is nobody's business. Where the linker has escaped a character of the import
// path, as the dot in gopkg.in/yaml%2ev3, it stays so.
func split(function, file string) (path, label string) {
	dot := afterSlash(function)
	for dot < len(function) && function[dot] != '.' {
		dot++
	}
	path = function[:dot] + "/" + file[afterSlash(file):]
	return clip(path, maxName), clip(function[min(dot+1, len(function)):], maxName)
}

// afterSlash is where s goes on after its last slash.
func afterSlash(s string) int {
	i := len(s)
	for i > 0 && s[i-1] != '/' {
		i--
	}
	return i
}
