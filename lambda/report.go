package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/minlambda/minlambda/internal/verbatim"
)

const (
	// maxMessage keeps a report under 1 MiB, beyond which Lambda Managed Instances refuse it and
	// the invocation stays open: in JSON a byte takes six at the worst. The library has the same
	// limit.
	maxMessage = 96 << 10

	maxFrames = 32 // of the stack of a panic, as in aws-lambda-go
)

// A failure is an error with the report that aws-lambda-go would make of it.
type failure struct {
	error
	report *verbatim.Report
}

func (f *failure) Unwrap() error            { return f.error }
func (f *failure) Report() *verbatim.Report { return f.report }

// reported makes the report of an error.
func reported(err error) error {
	about := toldOf(err)
	return &failure{err, newReport(&about)}
}

// toldOf is what is told of an error. One of the type of a report is a report.
func toldOf(err error) messages.InvokeResponse_Error {
	if about, ok := err.(messages.InvokeResponse_Error); ok {
		return about
	}
	return messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
}

// panicked makes the report of a panic. It must be called by the function that recovers v: the
// handler's frames are still on the stack then.
func panicked(v any) error {
	frames := stack()
	about := toldOfPanic(v, frames)
	report := newReport(&about)
	if _, ok := v.(messages.InvokeResponse_Error); !ok {
		report.Panic, report.Stack = true, printed(frames)
	}
	return &failure{about, report}
}

// toldOfPanic is what is told of a panic. A value of the type of a report is a report, and ends the
// process only if it says so.
func toldOfPanic(v any, stack []frame) messages.InvokeResponse_Error {
	if about, ok := v.(messages.InvokeResponse_Error); ok {
		return about
	}
	about := messages.InvokeResponse_Error{
		Message: fmt.Sprintf("%v", v), Type: typeName(v), ShouldExit: true,
	}
	for _, f := range stack {
		about.StackTrace = append(about.StackTrace, f.forReport())
	}
	return about
}

// typeName is the name of v's type, or of what it points to; a type that has no name has none here.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// newReport puts it into JSON.
func newReport(about *messages.InvokeResponse_Error) *verbatim.Report {
	cut := *about
	cut.Message = clip(cut.Message)
	text, _ := json.Marshal(cut) // of strings and numbers
	frames, _ := json.Marshal(cut.StackTrace)
	frames = bytes.TrimSuffix(bytes.TrimPrefix(frames, []byte("[")), []byte("]"))
	if cut.StackTrace == nil {
		frames = nil
	}
	kind := cut.Type
	if kind == "" { // in the log and for X-Ray; the report has what aws-lambda-go sends
		kind = "error"
	}
	return &verbatim.Report{
		Type: kind, Message: cut.Message, JSON: text,
		Frames: frames, Paths: paths(cut.StackTrace), Exit: cut.ShouldExit,
	}
}

// clip is the beginning of a long text, which ends with a whole character.
func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	end := maxMessage
	for end > maxMessage-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "… (" + strconv.Itoa(len(s)-end) + " bytes more)"
}

// paths are the files of a stack, each once.
func paths(stack []*messages.InvokeResponse_Error_StackFrame) string {
	var list strings.Builder
	seen := map[string]bool{}
	for _, f := range stack {
		if f != nil && !seen[f.Path] {
			seen[f.Path] = true
			text, _ := json.Marshal(f.Path)
			list.WriteString("," + string(text))
		}
	}
	return list.String()
}

// A frame is a function on the stack of a panic.
type frame struct{ runtime.Frame }

// stack is that of the panic under way, innermost first, without the Go runtime's own functions.
func stack() []frame {
	pcs := make([]uintptr, maxFrames+32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	var list []frame
	for raised, more := false, true; more && len(list) < maxFrames; {
		var f runtime.Frame
		f, more = frames.Next()
		own := strings.HasPrefix(f.Function, "runtime.")
		if raised && !own {
			list = append(list, frame{f})
		}
		raised = raised || f.Function == "runtime.gopanic"
	}
	return list
}

// split divides the function's name, such as example.com/m/p.(*T).Method, into its package's import
// path and the rest.
func (f frame) split() (importPath, label string) {
	slash := strings.LastIndexByte(f.Function, '/') + 1
	name, label, _ := strings.Cut(f.Function[slash:], ".")
	return f.Function[:slash] + name, label
}

// file is the import path and the file's name: the directory of the build is nobody's business.
func (f frame) file() string {
	importPath, _ := f.split()
	return importPath + "/" + path.Base(f.File)
}

func (f frame) forReport() *messages.InvokeResponse_Error_StackFrame {
	_, label := f.split()
	return &messages.InvokeResponse_Error_StackFrame{
		Path: f.file(), Line: int32(f.Line), Label: label,
	}
}

// printed is a stack as Go prints it, but for arguments and addresses.
func printed(stack []frame) string {
	lines := make([]string, len(stack))
	for i, f := range stack {
		lines[i] = f.Function + "(...)\n\t" + f.file() + ":" + strconv.Itoa(f.Line)
	}
	return strings.Join(lines, "\n")
}
