package lambdaslog

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"time"

	"github.com/minlambda/minlambda"
)

// A line is one that is being written, in either format.
type line struct {
	*common
	buf     []byte
	prefix  []byte   // of keys, as text: the groups and a dot after each
	groups  []string // that an attribute is in
	encoder *json.Encoder
}

// Write is the encoder's.
func (l *line) Write(p []byte) (int, error) {
	l.buf = append(l.buf, p...)
	return len(p), nil
}

// key begins a member.
func (l *line) key(key string) {
	if !l.json {
		l.buf = appendKey(append(l.buf, ' '), l.prefix, key)
		l.buf = append(l.buf, '=')
		return
	}
	if n := len(l.buf); n == 0 || l.buf[n-1] != '{' {
		l.buf = append(l.buf, ',')
	}
	l.buf = append(appendJSON(l.buf, key), ':')
}

func (l *line) text(key, value string) {
	l.key(key)
	l.string(value)
}

// bytes is text for a value that is not ours to change.
func (l *line) bytes(key string, value []byte) {
	l.key(key)
	if l.json {
		l.buf = appendJSON(l.buf, value)
	} else {
		l.buf = appendText(l.buf, value)
	}
}

func (l *line) string(s string) {
	if l.json {
		l.buf = appendJSON(l.buf, s)
	} else {
		l.buf = appendText(l.buf, s)
	}
}

// timestamp is the time as Lambda reads it.
func (l *line) timestamp(t time.Time) {
	l.key("timestamp")
	l.time(t, "2006-01-02T15:04:05.000Z07:00")
}

func (l *line) time(t time.Time, layout string) {
	if l.json {
		l.buf = append(l.buf, '"')
	}
	if layout != time.RFC3339Nano {
		t = t.UTC()
	}
	l.buf = t.AppendFormat(l.buf, layout)
	if l.json {
		l.buf = append(l.buf, '"')
	}
}

// source is where the record was logged.
func (l *line) source(pc uintptr) {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	if !l.json {
		l.text("source", frame.File+":"+strconv.Itoa(frame.Line))
		return
	}
	l.key("source")
	l.buf = append(l.buf, '{')
	l.text("function", frame.Function)
	l.text("file", frame.File)
	l.key("line")
	l.buf = append(strconv.AppendInt(l.buf, int64(frame.Line), 10), '}')
}

// failure writes the fields of an error.
func (l *line) failure(err error, own fields) {
	if !own.has("errorType") {
		l.text("errorType", typeOf(err))
	}
	if !own.has("errorMessage") {
		l.key("errorMessage")
		l.careful(err, func() { l.string(err.Error()) })
	}
}

// typeOf is what the runtime would report of the error.
func typeOf(err error) (name string) {
	defer func() {
		if recover() != nil || name == "" {
			t := reflect.TypeOf(err)
			for name = t.Name(); name == "" && t.Kind() == reflect.Pointer; name = t.Name() {
				t = t.Elem()
			}
			if name == "" {
				name = t.String()
			}
		}
	}()
	const most = 100 // of errors that wrap each other
	for next, n := err, 0; next != nil && n < most; next, n = errors.Unwrap(next), n+1 {
		if typed, ok := next.(minlambda.TypedError); ok {
			return typed.ErrorType()
		}
	}
	return ""
}

// enter begins groups: further attributes are in them.
func (l *line) enter(groups []string) {
	for _, name := range groups {
		l.groups = append(l.groups, name)
		if l.json {
			l.key(name)
			l.buf = append(l.buf, '{')
		} else {
			l.prefix = append(append(l.prefix, name...), '.')
		}
	}
}

// attr writes an attribute, unless it is empty.
func (l *line) attr(a slog.Attr) {
	a.Value = a.Value.Resolve()
	if l.ReplaceAttr != nil && a.Value.Kind() != slog.KindGroup {
		a = l.ReplaceAttr(l.groups, a)
		a.Value = a.Value.Resolve()
	}
	if a.Value.Kind() == slog.KindGroup {
		l.group(a.Key, a.Value.Group())
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	if len(l.groups) == 0 {
		switch a.Key {
		case "timestamp", "level", "message":
			a.Key += "_"
		}
	}
	l.key(a.Key)
	l.value(a.Value)
}

// group writes a group, unless nothing is in it. One without a name is none: its
// attributes are those of what it is in.
func (l *line) group(name string, attrs []slog.Attr) {
	end, prefix, groups := len(l.buf), len(l.prefix), len(l.groups)
	if name != "" {
		l.enter([]string{name})
	}
	start := len(l.buf)
	for _, a := range attrs {
		l.attr(a)
	}
	switch {
	case len(l.buf) == start:
		l.buf = l.buf[:end]
	case name != "" && l.json:
		l.buf = append(l.buf, '}')
	}
	l.prefix, l.groups = l.prefix[:prefix], l.groups[:groups]
}

func (l *line) value(v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		l.string(v.String())
	case slog.KindInt64:
		l.buf = strconv.AppendInt(l.buf, v.Int64(), 10)
	case slog.KindUint64:
		l.buf = strconv.AppendUint(l.buf, v.Uint64(), 10)
	case slog.KindBool:
		l.buf = strconv.AppendBool(l.buf, v.Bool())
	case slog.KindFloat64:
		l.float(v.Float64())
	case slog.KindDuration:
		if l.json {
			l.buf = strconv.AppendInt(l.buf, int64(v.Duration()), 10)
		} else {
			l.string(v.Duration().String())
		}
	case slog.KindTime:
		layout := time.RFC3339Nano
		if !l.json {
			layout = "2006-01-02T15:04:05.000Z07:00"
		}
		l.time(v.Time(), layout)
	default:
		l.careful(v.Any(), func() { l.any(v.Any()) })
	}
}

// float writes what JSON has no number for as a string.
func (l *line) float(f float64) {
	special := l.json && (math.IsNaN(f) || math.IsInf(f, 0))
	if special {
		l.buf = append(l.buf, '"')
	}
	l.buf = strconv.AppendFloat(l.buf, f, 'g', -1, 64)
	if special {
		l.buf = append(l.buf, '"')
	}
}

// careful writes something of the user's whose methods may panic, as those of a nil
// pointer often do: a line is not lost by that.
func (l *line) careful(v any, write func()) {
	start := len(l.buf)
	defer func() {
		if p := recover(); p != nil {
			l.buf = l.buf[:start]
			if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
				l.string("<nil>")
			} else {
				l.string(fmt.Sprintf("!PANIC: %v", p))
			}
		}
	}()
	write()
}

func (l *line) any(v any) {
	if l.json {
		l.anyJSON(v)
		return
	}
	switch v := v.(type) {
	case interface{ MarshalText() ([]byte, error) }:
		text, err := v.MarshalText()
		if err != nil {
			l.string("!ERROR: " + err.Error())
			return
		}
		l.buf = appendText(l.buf, text)
	case []byte:
		l.buf = appendText(l.buf, v)
	default:
		l.string(fmt.Sprintf("%+v", v))
	}
}

func (l *line) anyJSON(v any) {
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			l.string(err.Error())
			return
		}
	}
	if l.encoder == nil {
		l.encoder = json.NewEncoder(l)
		l.encoder.SetEscapeHTML(false)
	}
	start := len(l.buf)
	if err := l.encoder.Encode(v); err != nil {
		l.buf = l.buf[:start]
		l.string("!ERROR: " + err.Error())
		return
	}
	l.buf = l.buf[:len(l.buf)-1] // without the encoder's line end
}
