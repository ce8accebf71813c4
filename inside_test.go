package minlambda

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdatest"
)

// The time of a log line is what package time writes, on every day of 250 years.
func TestTimestamp(t *testing.T) {
	const day = 24 * 60 * 60 * 1000
	for ms := int64(0); ms < 250*366*day; ms += day - 1 + ms%1013 {
		if got, want := timestamp(ms),
			time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z"); got != want {
			t.Fatalf("%d is %s, want %s", ms, got, want)
		}
	}
	for _, want := range []string{"1970-01-01T00:00:00.000Z", "2000-02-29T23:59:59.999Z",
		"2100-02-28T23:59:59.999Z",
		"2100-03-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"} {
		when, err := time.Parse(time.RFC3339, want)
		if got := timestamp(when.UnixMilli()); got != want || err != nil {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if ago := time.Since(time.UnixMilli(now())); ago < -time.Hour || ago > time.Hour {
		t.Errorf("it is %v ago", ago)
	}
}

type (
	namedBool       bool
	namedInt        int
	namedInt8       int8
	namedInt16      int16
	namedInt32      int32
	namedInt64      int64
	namedUint       uint
	namedUint8      uint8
	namedUint16     uint16
	namedUint32     uint32
	namedUint64     uint64
	namedUintptr    uintptr
	namedFloat32    float32
	namedFloat64    float64
	namedComplex64  complex64
	namedComplex128 complex128
	namedString     string
	namedOfNamed    namedString
	generics[T any] string
)

// A value of each kind that package reflect knows is printed as package fmt does, if the kind is
// basic, and otherwise left alone: this is what shows that basic reads the kind from the right
// place.
func TestBasic(t *testing.T) {
	n := 1
	kinds := map[reflect.Kind]bool{}
	for _, v := range []any{
		true, false, namedBool(true), 0, -1, math.MinInt, namedInt(-2), int8(math.MinInt8),
		namedInt8(7), int16(math.MinInt16),
		namedInt16(-300), int32(math.MinInt32), 'x', namedInt32(70_000), int64(math.MinInt64),
		int64(math.MaxInt64), namedInt64(-5),
		uint(math.MaxUint), namedUint(3), byte(255), namedUint8(200), uint16(math.MaxUint16),
		namedUint16(1), uint32(math.MaxUint32),
		namedUint32(2), uint64(math.MaxUint64), namedUint64(9), uintptr(math.MaxUint),
		namedUintptr(12),
		float32(0.1), float32(1e20), namedFloat32(-2.5), 0.1, 1e300, math.Inf(1), math.Inf(-1),
		math.NaN(), namedFloat64(3),
		complex64(1 + 2i), namedComplex64(0.1 - 2i), 1e300 - 1i, complex(math.Inf(-1),
			math.Inf(1)), complex(1, math.NaN()),
		namedComplex128(-0.5i), "", "text", namedString("named"), namedOfNamed("twice"),
		generics[int]("generic"),
		time.Second, time.March, reflect.Int, // named, with a method String
		&n, []int{1}, []byte("x"), [1]string{"x"}, [2]int{}, map[string]int{"a": 1},
		struct{ a string }{"x"}, struct{}{}, &struct{}{},
		func() {}, make(chan int), reflect.ValueOf(1).UnsafePointer,
		reflect.ValueOf(&n).UnsafePointer(), fmt.Errorf("x"), [0]int{},
		struct{ p *int }{&n}, [1]*int{&n}, [1]func(){func() {}}, (*int)(nil), []any{1},
		reflect.ValueOf(1), reflect.TypeOf(1),
	} {
		r := reflect.ValueOf(v)
		kinds[r.Kind()] = true
		if got := kind(v); reflect.Kind(got) != r.Kind() {
			t.Errorf("%T: kind %v, want %v", v, reflect.Kind(got), r.Kind())
		}
		got, ok := basic(v)
		want, wantOK := "", r.Kind() >= reflect.Bool && r.Kind() <= reflect.Complex128 ||
			r.Kind() == reflect.String
		if wantOK {
			want = fmt.Sprint(plain(r))
		}
		// Package fmt puts the exponent elsewhere than Go's own print, and we.
		if got != want && !strings.Contains(want, "e") || ok != wantOK {
			t.Errorf("%T: %q, %v; want %q, %v", v, got, ok, want, wantOK)
		}
	}
	for k := reflect.Bool; k <= reflect.UnsafePointer; k++ {
		if !kinds[k] && k != reflect.Interface { // a value never is one
			t.Errorf("no value of kind %v", k)
		}
	}
}

// plain is the value without its type's name, whose method String would be called.
func plain(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat() && v.Kind() == reflect.Float32:
		return float32(v.Float())
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Complex64:
		return complex64(v.Complex())
	case v.CanComplex():
		return v.Complex()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	}
	return v.String()
}

// What is cut ends with a whole character, wherever the limit lies, and says how much is left out.
func TestClip(t *testing.T) {
	const text = "aä€😀b😀😀€€ää"
	for limit := 4; limit < len(text); limit++ {
		got := clip(text, limit)
		kept, suffix, ok := strings.Cut(got, "… (")
		if !ok || !strings.HasPrefix(text, kept) || !utf8.ValidString(kept) || len(kept) > limit ||
			len(kept) < limit-3 ||
			suffix != fmt.Sprintf("%d bytes more)", len(text)-len(kept)) {
			t.Errorf("%d: %q", limit, got)
		}
	}
	if got := clip(text, len(text)); got != text {
		t.Errorf("all of it is %q", got)
	}
	if got := clip(strings.Repeat("\x80", 20), 10); !strings.HasPrefix(got, strings.Repeat("\x80",
		7)+"…") {
		t.Errorf("bytes that are no UTF-8 give %q", got)
	}
}

// A frame has its package's import path, and nothing of the directory.
func TestSplit(t *testing.T) {
	for _, c := range [][4]string{
		{"main.main", "/home/u/secret/main.go", "main/main.go", "main"},
		{"github.com/u/p.(*T).Method", "/home/u/fork-of-p/file.go", "github.com/u/p/file.go",
			"(*T).Method"},
		{"github.com/u/p.F.func1", "C:/Users/u/p/file.go", "github.com/u/p/file.go", "F.func1"},
		{"gopkg.in/yaml%2ev3.Unmarshal", "/root/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/yaml.go",
			"gopkg.in/yaml%2ev3/yaml.go", "Unmarshal"},
		{"example.com/a.Map[...]", "a.go", "example.com/a/a.go", "Map[...]"},
		{"cfunction", "/usr/src/x.c", "cfunction/x.c", ""},
		{"", "", "/", ""},
	} {
		path, label := split(c[0], c[1])
		if path != c[2] || label != c[3] {
			t.Errorf("%s in %s: %s, %s", c[0], c[1], path, label)
		}
	}
}

// The levels have Lambda's names, and a level that is none of them counts as Lambda counts it.
func TestLevels(t *testing.T) {
	want := map[Level]string{LevelTrace: "TRACE", LevelDebug: "DEBUG", LevelInfo: "INFO",
		LevelWarn: "WARN", LevelError: "ERROR",
		LevelFatal: "FATAL", 0: "INFO", -1: "INFO", 7: "INFO"}
	for level, name := range want {
		if level.String() != name {
			t.Errorf("%d is %s, want %s", level, level, name)
		}
	}
}

// RunInvocation has no context, and never returns; Context has a deadline all the same.
func TestContextOfRunInvocation(t *testing.T) {
	api := lambdatest.NewServer()
	defer api.Close()
	api.Script(lambdatest.Answer{Status: 500}) // ends it
	var kept context.Context
	r := &runner{Loop: Loop{API: api.Addr(), Invoke: func(inv *Invocation) error {
		kept = inv.Context()
		if at, ok := inv.Deadline(); !ok || kept.Err() != nil {
			t.Errorf("deadline %v, %v; the context has ended with %v", at, ok, kept.Err())
		} else if got, ok := kept.Deadline(); !ok || !got.Equal(at) {
			t.Errorf("the context's deadline is %v, %v; want %v", got, ok, at)
		}
		return nil
	}}, invoke: new(invocations).handle}
	api.Queue(lambdatest.Event{})
	if err := r.run(nil); err == nil || kept.Err() != context.Canceled {
		t.Errorf("ended with %v, its context with %v", err, kept.Err())
	}
}

// A call of ReadFrom whose handler returns just before it reads does not read: the write buffer may
// be another invocation's by then. Nobody outside can come in between.
func TestNoReadAfterTheHandler(t *testing.T) {
	c := new(call)
	inv := &Invocation{c}
	defer func() {
		if v := recover(); v != "minlambda: Invocation used after its handler returned" {
			t.Errorf("panics with %v", v)
		}
		if n := c.reads.Load(); n != 0 {
			t.Errorf("%d reads are under way", n)
		}
	}()
	inv.read(reader(func() { t.Error("it reads") }), nil)
}

type reader func()

func (r reader) Read(p []byte) (int, error) { r(); return 0, nil }

// Whatever its message and its frames are, a cause is JSON of at most 64 KiB with the first of the
// report's frames, whole, and paths that are different; and all of them where there is room.
func TestCauseOfAnyStack(t *testing.T) {
	type frame struct {
		Path, Label string
		Line        int
	}
	rng := rand.New(rand.NewPCG(3, 4))
	units := []string{"x", "\"", ",{\"", "\",{\"path\":\"", "\x00", "\u20ac", "\\", "[{}]", "\xff"}
	all, cut, none := 0, 0, 0
	for range 500 {
		long := func(limit int) string {
			unit := units[rng.IntN(len(units))]
			return strings.Repeat(unit, rng.IntN(limit)/len(unit))
		}
		rec := &Record{Type: long(maxType), Message: long(1 << rng.IntN(17)), Panic: true}
		most := 1 << rng.IntN(10)
		for n := range rng.IntN(maxFrames + 1) {
			rec.frame("p"+long(most)+"."+long(most), long(most)+strconv.Itoa(n%9), n)
		}
		text := rec.cause()
		var cause struct {
			Exceptions []struct {
				Type, Message string
				Stack         []frame
			}
			Paths []string
		}
		var report struct{ StackTrace []frame }
		if err := json.Unmarshal([]byte(reportOf(rec)), &report); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &cause); err != nil || len(text) > maxCause ||
			len(cause.Exceptions) != 1 {
			t.Fatalf("%d bytes: %v in %s", len(text), err, text)
		}
		e := cause.Exceptions[0]
		if e.Type != string([]rune(rec.Type)) || e.Stack == nil || cause.Paths == nil ||
			len(e.Stack) > len(report.StackTrace) ||
			!slices.Equal(e.Stack, report.StackTrace[:len(e.Stack)]) {
			t.Fatalf("type %q, %d frames: %s", e.Type, len(e.Stack), text)
		}
		var paths []string
		for _, f := range report.StackTrace {
			if !slices.Contains(paths, f.Path) {
				paths = append(paths, f.Path)
			}
		}
		if len(cause.Paths) > len(paths) || !slices.Equal(cause.Paths, paths[:len(cause.Paths)]) {
			t.Fatalf("paths %q, want the first of %q", cause.Paths, paths)
		}
		switch n := len(e.Stack); {
		case n == len(report.StackTrace) && n > 0:
			all++
		case n > 0:
			cut++
		default:
			none++
		}
		if len(reportOf(rec)) < maxCause/4 && len(e.Stack) < len(report.StackTrace) {
			t.Errorf("a report of %d bytes lost frames", len(reportOf(rec)))
		}
	}
	if all < 50 || cut < 20 {
		t.Errorf("%d had all frames, %d some, %d none", all, cut, none)
	}
}

// A report that is cut to any length is JSON, has at most so many bytes, and says what it can: the
// type, the beginning of the message, the innermost functions.
func TestShorten(t *testing.T) {
	type report struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
		Stack   []struct {
			Path, Label string
			Line        int
		} `json:"stackTrace"`
	}
	messages := []string{"", "short", strings.Repeat("x", 5000),
		strings.Repeat("\u00e4\u20ac\U0001f600\\\"\n\x01\xff", 400),
		strings.Repeat(`","errorType":"false"},"stackTrace":[`, 100)}
	frames := make([]string, 50)
	for i := range frames {
		frames[i] = strings.Repeat(`"},{"path":`, i%3) + "example.com/m/p.F"
	}
	for _, message := range messages {
		for _, kind := range []string{"errorString", strings.Repeat("\x01", maxType)} {
			for n := -1; n < len(frames); n += 7 {
				rec := &Record{Message: message, Type: kind, Panic: n >= 0}
				for i := range max(0, n) {
					rec.frame(frames[i], "file.go", i)
				}
				whole := []byte(reportOf(rec))
				var full report
				if err := json.Unmarshal(whole, &full); err != nil {
					t.Fatal(err)
				}
				for most := 2500; most < len(whole)+100; most += 113 {
					checkShort(t, string(whole), string(shorten(whole, most)), most, full.Message,
						func(short string) (string, string, int) {
							var got report
							if err := json.Unmarshal([]byte(short), &got); err != nil {
								t.Fatalf("%d bytes: %v in %.300q", most, err, short)
							}
							for i, f := range got.Stack {
								if f != full.Stack[i] {
									t.Fatalf("frame %d is %v; want %v", i, f, full.Stack[i])
								}
							}
							return got.Message, got.Type, len(got.Stack)
						})
				}
			}
		}
	}
}

// checkShort checks one shortened report, whose parts read returns.
func checkShort(t *testing.T, whole, short string, most int, message string,
	read func(short string) (message, kind string, frames int)) {
	t.Helper()
	if len(whole) <= most {
		if short != whole {
			t.Fatalf("%d bytes: %.300q was not left as it is", most, whole)
		}
		return
	}
	if len(short) > most || !utf8.ValidString(short) {
		t.Fatalf("%d bytes: %d came, %.300q", most, len(short), short)
	}
	got, kind, frames := read(short)
	begins := strings.HasPrefix(message, strings.TrimSuffix(got, "\u2026"))
	if kind == "" || got != message && !begins {
		t.Fatalf("%d bytes: type %q, message %.100q", most, kind, got)
	}
	// Half of the room each: a frame has less than 200 bytes here, a character less than 20.
	if len(kind) < maxType && len(short) < most-220 && (got != message || frames < 1) {
		t.Fatalf("%d bytes: only %d are used, for %d bytes of message and %d frames", most,
			len(short), len(got), frames)
	}
}

// ids returns what exports a trace ID of Lambda's length at each call, a new one each time or the
// same.
func ids(t testing.TB, changing bool) (export func()) {
	t.Setenv(traceVariable, "")
	const before = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id\r\n" +
		"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Parent="
	head, n := []byte(before), 1<<20
	return func() {
		if changing {
			n++
		}
		head = append(strconv.AppendInt(head[:len(before)], int64(n), 10), "\r\n\r\n"...)
		exportTraceID(head)
	}
}

// A new ID costs an allocation and what Setenv takes for any value, which is one without cgo; the
// same ID costs nothing.
func TestExportTraceIDAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates where the program does not")
	}
	t.Setenv("MINLAMBDA_TEST", "")
	long := strings.Repeat("x", 80)
	set := testing.AllocsPerRun(10, func() { syscall.Setenv("MINLAMBDA_TEST", long) })
	for _, changing := range []bool{false, true} {
		export, want := ids(t, changing), 0.0
		if changing {
			want = 100 * (1 + set)
		}
		if n := testing.AllocsPerRun(10, func() {
			for range 100 {
				export()
			}
		}); n != want {
			t.Errorf("%v allocations in 100 events, want %v; the variable is %q", n, want,
				os.Getenv(traceVariable))
		}
	}
}

func BenchmarkExportTraceID(b *testing.B) {
	for name, changing := range map[string]bool{"new": true, "same": false} {
		b.Run(name, func(b *testing.B) {
			export := ids(b, changing)
			b.ReportAllocs()
			for b.Loop() {
				export()
			}
		})
	}
}
