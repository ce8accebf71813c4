package minlambda

import (
	"errors"
	"runtime"
	"strconv"

	"github.com/minlambda/minlambda/wire"
)

var errPanic = errors.New("panic")

// crashed reports the panic that has come out of a handler, or its call of
// runtime.Goexit if v is nil, logs it with its stack, and returns what ends
// the loop. It must be called by the function that recovers: the handler's
// frames are still on the stack then.
func (r *runner) crashed(v any) error {
	message, kind := "handler called runtime.Goexit", "Goexit"
	if v != nil {
		message, kind = panicMessage(v), typeName(v)
	}
	r.log("minlambda: handler: panic: " + message + "\n\n" + stack())

	report := appendReport(r.conn.Dst(), message, kind)
	report = append(report, `,"stackTrace":`...)
	report = append(appendStack(report), '}')
	if err := r.answer(report, "", "Runtime.Panic", false); err != nil {
		r.log(err.Error())
	}
	return &Error{Op: "handler", Err: errPanic, Found: wire.Quote(message)}
}

// panicMessage is the value of a panic, for the kinds of value that programs
// panic with. The method that it calls is the user's, and may panic itself.
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
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	default:
		return "value of type " + typeName(v)
	}
}

// stack is the goroutine's stack as Go prints it.
func stack() string {
	buf := make([]byte, 64<<10)
	return string(buf[:runtime.Stack(buf, false)])
}

// appendStack appends the frames of the panic as an array of path, line and
// label, innermost first, as aws-lambda-go writes them: from the function that
// panicked on, without the Go runtime's own.
func appendStack(dst []byte) []byte {
	var pcs [maxFrames + 32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	dst = append(dst, '[')
	for raised, n := false, 0; n < maxFrames; {
		frame, more := frames.Next()
		inRuntime := len(frame.Function) > 8 && frame.Function[:8] == "runtime."
		if raised && !inRuntime {
			if n++; n > 1 {
				dst = append(dst, ',')
			}
			path, label := split(frame)
			dst = append(dst, `{"path":`...)
			dst = appendJSONString(dst, path, maxName)
			dst = append(dst, `,"line":`...)
			dst = strconv.AppendInt(dst, int64(frame.Line), 10)
			dst = append(dst, `,"label":`...)
			dst = appendJSONString(dst, label, maxName)
			dst = append(dst, '}')
		}
		raised = raised || frame.Function == "runtime.gopanic" || frame.Function == "runtime.Goexit"
		if !more {
			break
		}
	}
	return append(dst, ']')
}

// split is a frame's file, from the directory of its package on, and its
// function without the package: where the program was built is nobody's
// business.
func split(frame runtime.Frame) (path, label string) {
	path, label = frame.File, frame.Function
	keep := 2 // elements of path: the file's and its directory's, and one for each / in the import path
	start := 0
	for i := range len(label) {
		if label[i] == '/' {
			keep++
			start = i + 1
		}
	}
	for i := start; i < len(label); i++ {
		if label[i] == '.' {
			label = label[i+1:]
			break
		}
	}
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			if keep--; keep == 0 {
				return path[i+1:], label
			}
		}
	}
	return path, label
}
