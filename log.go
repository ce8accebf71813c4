package minlambda

import (
	"sync"
	"syscall"
	"time"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/pause"
	"github.com/minlambda/minlambda/parse"
)

// A Level says how grave a Record is, in Lambda's words. Any other value is
// LevelInfo, as Lambda takes a line without a level.
type Level int

// The levels of Lambda's logs.
const (
	LevelTrace Level = iota + 1
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
	LevelFatal
)

var levelNames = [...]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}

// String returns the level's name in capitals, such as "ERROR".
func (l Level) String() string {
	if l < LevelTrace || l > LevelFatal {
		l = LevelInfo
	}
	return levelNames[l-1]
}

// A Record is a message of the runtime about an invocation, or about the loop.
// Its strings may be kept.
type Record struct {
	Level     Level
	RequestID string // of the invocation; empty if it is about none
	TenantID  string // of the invocation, if Lambda has named one
	Type      string // errorType, as in the report to the API; empty if it is about no error
	Message   string // of an error the text, which may have line ends; else one line
	Stack     string // of a panic: each function, and after a tab its file and line; else empty
	Panic     bool   // it is about a panic: the process, or Loop.Run, ends after it

	frames []byte // the stack as in the report to the API
	paths  string // those in it, each once, and before each a comma
	own    []byte // the report, where the error has made it
	end    error  // why the loop ends after the report; nil if it goes on
}

// record makes a Record of what happens to the invocation that is being
// served, if there is one.
func (r *runner) record(level Level, kind, message string) *Record {
	requestID, tenantID := "", ""
	if r.serving {
		requestID = string(r.conn.RequestID())
		tenant, _ := parse.Field(r.conn.Head(), "Lambda-Runtime-Aws-Tenant-Id")
		tenantID = string(tenant)
	}
	kind, message = clip(kind, maxType), clip(message, maxMessage)
	return &Record{Level: level, RequestID: requestID, TenantID: tenantID, Type: kind,
		Message: message}
}

// log tells Loop.Log, or standard error, of something that does not end the
// loop.
func (r *runner) log(message string) { r.hand(r.record(LevelWarn, "", message)) }

// tell hands rec to Loop.Log. That is the user's: the loop outlives a panic in
// it, and what it did not take is printed.
func (l *Loop) tell(rec *Record) {
	if l.Log == nil {
		rec.print()
		return
	}
	message := "runtime.Goexit"
	defer func() {
		if v := recover(); v != nil {
			message = "panic: " + panicMessage(v)
		}
		if message != "" {
			rec.print()
			(&Record{Level: LevelError, Message: "minlambda: Loop.Log: " + message}).print()
		}
	}()
	l.Log(*rec)
	message = ""
}

// The rest of this file is the default: standard error, in the format and from
// the level on that the function is configured to have.

// sink is standard error. Its format is looked up when it is first used.
var sink struct {
	sync.Mutex // lines of several loops are written one after the other
	configured bool
	json       bool
	least      Level
	waits      int // since it last took a byte
}

// configure reads the two variables by which Lambda tells a function how to
// log. Lambda sets the level for JSON alone; where a user or an emulator sets
// it for text, it holds there too, as in Lambda's runtime for Python. Words that
// it does not know change nothing.
func configure() {
	if sink.configured {
		return
	}
	sink.configured = true
	sink.json = capitals("AWS_LAMBDA_LOG_FORMAT") == "JSON"
	least := capitals("AWS_LAMBDA_LOG_LEVEL")
	for i, name := range levelNames {
		if least == name {
			sink.least = Level(i + 1)
		}
	}
}

// capitals is the value of an environment variable in capitals.
func capitals(variable string) string {
	value, _ := syscall.Getenv(variable)
	b := []byte(value)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// print writes r to standard error, in one write where that takes it, so that
// lines of several processes don't mix.
func (r *Record) print() {
	sink.Lock()
	configure()
	if r.Level >= sink.least {
		line := r.text()
		if sink.json {
			line = r.json(now())
		}
		write(line + "\n")
	}
	sink.Unlock()
}

// Print writes r to standard error, as a loop without [Loop.Log] does: in one line
// of text or of JSON, if its level is at least the one that is configured.
func (r Record) Print() { r.print() }

// String returns r as standard error shows it: a line without its end, and
// after it the stack, if there is one. Line ends and other control characters
// in the message are escaped.
func (r Record) String() string { return r.text() }

// JSON returns r as standard error shows it where AWS_LAMBDA_LOG_FORMAT is JSON: an object in one
// line, without its end, whose timestamp is the time of the call.
func (r Record) JSON() string { return r.json(now()) }

// maxLine is the most bytes that a line may have, unless IDs are longer: AWS's emulator stops
// reading what a function prints after a line of 64 KiB, and the function waits for it for ever.
const maxLine = 60 << 10

func (r *Record) text() string {
	line := r.line(len(r.Message))
	for most := len(r.Message); len(line) > maxLine && most > 0; {
		most /= 2
		line = r.line(most)
	}
	if r.Stack != "" {
		line += "\n" + r.Stack
	}
	return line
}

// line is the first line of r, with so many bytes of the message at the most.
func (r *Record) line(most int) string {
	line := ascii.Line(clip(r.Message, most))
	if r.Type != "" {
		what := "error: "
		if r.Panic {
			what = "panic: "
		}
		where := "minlambda: init: " + what
		if r.RequestID != "" {
			where = "minlambda: handler: " + what + "RequestId: " + r.RequestID + " "
		}
		line = where + ascii.Line(r.Type) + ": " + line
	}
	return line
}

// maxTitle is how much of an error's text stands under "message", where people
// look first, before the whole of it under "errorMessage".
const maxTitle = 1 << 10

// json is r with the fields that Lambda's users query. Lambda itself filters
// lines by timestamp and level.
func (r *Record) json(ms int64) string {
	line := r.object(ms, len(r.Message))
	for most := len(r.Message); len(line) > maxLine && most > 0; {
		most /= 2
		line = r.object(ms, most)
	}
	return line
}

// object is r as JSON, with so many bytes of the message at the most. Where that is
// next to nothing, it is the stack that is too long, and left out.
func (r *Record) object(ms int64, most int) string {
	message, errorMessage := clip(r.Message, most), ""
	if r.Type != "" {
		message, errorMessage = clip(message, maxTitle), message
	}
	line := `{"timestamp":"` + timestamp(ms) + `"`
	for i, value := range [...]string{r.Level.String(), r.RequestID, r.TenantID, message, r.Type,
		errorMessage} {
		if value != "" {
			line += `,"` + fieldNames[i] + `":` + ascii.JSON(value)
		}
	}
	if most < min(len(r.Message), maxTitle/4) {
		return line + "}"
	}
	return line + r.stackTrace()
}

var fieldNames = [...]string{"level", "requestId", "tenantId", "message", "errorType",
	"errorMessage"}

// timestamp writes a time, in milliseconds since 1970, as in
// 2006-01-02T15:04:05.678Z. Package time's formats would bring its time zones,
// and the reading of their files, into the program.
func timestamp(ms int64) string {
	year, month, day := int64(1970), int64(1), ms/(24*60*60*1000)
	for {
		days := 30 + (month+month/8)%2
		if month == 2 {
			days = 28
			if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
				days = 29
			}
		}
		if day < days {
			break
		}
		day -= days
		if month++; month > 12 {
			month = 1
			year++
		}
	}
	text := []byte("0000-00-00T00:00:00.000Z")
	put(text[:4], year)
	put(text[:7], month)
	put(text[:10], day+1)
	put(text[:23], ms%1000)
	ms /= 1000
	for i, unit := range [...]int64{60, 60, 24} {
		put(text[:19-3*i], ms%unit)
		ms /= unit
	}
	return string(text)
}

// put writes n's digits over the zeros at the end of text.
//
//go:noinline
func put(text []byte, n int64) {
	for i := len(text) - 1; n > 0; i-- {
		text[i] += byte(n % 10)
		n /= 10
	}
}

// A standard error that does not block, and whose reader does not read, is
// waited for so often after the last byte that it took: ten seconds. What is
// written later is lost at once, until it takes a byte again.
const (
	logWait  = 10 * time.Millisecond
	logWaits = 1000
)

// write writes all of s to standard error.
func write(s string) {
	for p := []byte(s); len(p) > 0; {
		n, err := syscall.Write(syscall.Stderr, p)
		errno, _ := err.(syscall.Errno)
		switch {
		case n > 0:
			p, sink.waits = p[n:], 0
		case errno == syscall.EAGAIN && sink.waits < logWaits:
			sink.waits++
			pause.For(logWait)
		case errno != syscall.EINTR:
			return
		}
	}
}

// now is the time in milliseconds since 1970. Package time would
// bring its time zones.
func now() int64 {
	var now syscall.Timeval
	_ = syscall.Gettimeofday(&now)
	return int64(now.Sec)*1000 + int64(now.Usec)/1000
}
