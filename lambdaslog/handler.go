package lambdaslog

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/minlambda/minlambda/internal/invoked"
)

// The levels of Lambda that slog does not have.
const (
	LevelTrace = slog.LevelDebug - 4
	LevelFatal = slog.LevelError + 4
)

// A Format is what a line looks like.
type Format int

// The formats of Lambda's logs.
const (
	FromEnvironment Format = iota // JSON if AWS_LAMBDA_LOG_FORMAT says so, else Text
	Text                          // key=value, as slog.TextHandler writes it
	JSON                          // an object
)

// Options are those of a Handler. The zero Options are what Lambda is configured
// to have.
type Options struct {
	// Format is the format; by default that which the environment names.
	Format Format

	// Level is the least level that is written; nil is that which
	// AWS_LAMBDA_LOG_LEVEL names, or INFO. It is asked for each record.
	Level slog.Leveler

	// FunctionARN adds the ARN by which the function was invoked.
	FunctionARN bool

	// AddSource adds the function, file and line of the call that has logged.
	AddSource bool

	// ReplaceAttr is called with each attribute of the logger and of the record
	// that is no group, and with the names of the groups that it is in; what it
	// returns is written in its place, and nothing for the zero Attr. It must not
	// keep or change groups. It does not see Lambda's own fields.
	ReplaceAttr func(groups []string, a slog.Attr) slog.Attr
}

// A Handler writes records as lines for Lambda. It may be used by several
// goroutines at once.
type Handler struct {
	*common
	added   []byte   // what With has added, as it is written after the fields
	open    int      // groups that were begun in added, and have to be ended
	prefix  string   // of keys after added, as text
	pending []string // groups that begin with the next attribute
	groups  []string // all groups, for ReplaceAttr
	own     fields   // those of the fields that With has added
	failure error    // the first error that With has added
}

// common is what a Handler shares with those that With has made of it.
type common struct {
	Options
	json  bool
	least slog.Leveler
	lines sync.Pool // of *line
	mu    sync.Mutex
	w     io.Writer
}

// New makes a Handler that writes to w, in one call of Write for each record;
// nil is standard error. Nil options are the zero Options. The environment is read
// once, by New.
func New(w io.Writer, opts *Options) *Handler {
	c := &common{w: w}
	if w == nil {
		c.w = os.Stderr
	}
	if opts != nil {
		c.Options = *opts
	}
	c.json = c.Format == JSON || c.Format == FromEnvironment &&
		strings.EqualFold(os.Getenv("AWS_LAMBDA_LOG_FORMAT"), "JSON")
	if c.least = c.Level; c.least == nil {
		c.least = levelNamed(os.Getenv("AWS_LAMBDA_LOG_LEVEL"))
	}
	c.lines.New = func() any { return &line{common: c} }
	return &Handler{common: c}
}

// levels are Lambda's, from the lowest.
var levels = [...]struct {
	name  string
	level slog.Level
}{
	{"TRACE", LevelTrace}, {"DEBUG", slog.LevelDebug}, {"INFO", slog.LevelInfo},
	{"WARN", slog.LevelWarn}, {"ERROR", slog.LevelError}, {"FATAL", LevelFatal},
}

func levelNamed(name string) slog.Level {
	for _, l := range levels {
		if strings.EqualFold(name, l.name) {
			return l.level
		}
	}
	return slog.LevelInfo
}

// nameOf is the name of the highest of Lambda's levels that level reaches.
func nameOf(level slog.Level) string {
	name := levels[0].name
	for _, l := range levels {
		if level >= l.level {
			name = l.name
		}
	}
	return name
}

// Enabled reports whether records of the level are written.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.least.Level()
}

// WithAttrs returns a Handler whose lines have the attributes too.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	l := h.begin()
	l.buf = append(l.buf, h.added...)
	l.resume(h)
	end := len(l.buf)
	with := *h
	l.enter(h.pending)
	start := len(l.buf)
	for _, a := range attrs {
		l.attr(a)
		with.note(a, &with.own, &with.failure)
	}
	if len(l.buf) == start {
		l.buf = l.buf[:end]
	} else {
		with.open, with.pending = h.open+len(h.pending), nil
		with.prefix = string(l.prefix)
	}
	with.added = slices.Clone(l.buf)
	h.end(l)
	return &with
}

// WithGroup returns a Handler whose further attributes are in the group. Lambda's
// own fields are not.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.pending = append(slices.Clip(h.pending), name)
	with.groups = append(slices.Clip(h.groups), name)
	return &with
}

// Handle writes the record as a line. The error is that of the writer.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	own, failure := h.own, h.failure
	r.Attrs(func(a slog.Attr) bool {
		h.note(a, &own, &failure)
		return true
	})
	l := h.begin()
	if h.json {
		l.buf = append(l.buf, '{')
	}
	if !r.Time.IsZero() {
		l.timestamp(r.Time)
	}
	l.text("level", nameOf(r.Level))
	if ctx != nil {
		l.names(ctx, own)
	}
	if h.AddSource && r.PC != 0 {
		l.source(r.PC)
	}
	l.text("message", r.Message)
	if failure != nil {
		l.failure(failure, own)
	}
	l.buf = append(l.buf, h.added...)
	l.resume(h)
	open, end := h.open, len(l.buf)
	l.enter(h.pending)
	start := len(l.buf)
	r.Attrs(func(a slog.Attr) bool {
		l.attr(a)
		return true
	})
	if len(l.buf) == start {
		l.buf = l.buf[:end]
	} else {
		open += len(h.pending)
	}
	return h.write(l, open)
}

// names writes the names of the invocation that ctx is of.
func (l *line) names(ctx context.Context, own fields) {
	invocation, ok := ctx.Value(invoked.Key{}).(invoked.Names)
	if !ok {
		return
	}
	requestID, tenantID, functionARN := invocation.Names()
	if len(requestID) > 0 && !own.has("requestId") {
		l.bytes("requestId", requestID)
	}
	if len(tenantID) > 0 && !own.has("tenantId") {
		l.bytes("tenantId", tenantID)
	}
	if l.FunctionARN && len(functionARN) > 0 && !own.has("functionArn") {
		l.bytes("functionArn", functionARN)
	}
}

// note looks for what changes the fields: an attribute that takes the place of one,
// and an error.
func (h *Handler) note(a slog.Attr, own *fields, failure *error) {
	if len(h.groups) == 0 {
		own.add(a.Key)
	}
	if *failure == nil && a.Value.Kind() == slog.KindAny {
		*failure, _ = a.Value.Any().(error)
	}
}

// fields is a set of Lambda's fields that an attribute may take the place of.
type fields uint8

func bit(key string) fields {
	switch key {
	case "requestId":
		return 1
	case "tenantId":
		return 2
	case "functionArn":
		return 4
	case "errorType":
		return 8
	case "errorMessage":
		return 16
	}
	return 0
}

func (f *fields) add(key string)     { *f |= bit(key) }
func (f fields) has(key string) bool { return f&bit(key) != 0 }

// begin takes an empty line.
func (c *common) begin() *line {
	l := c.lines.Get().(*line)
	l.buf, l.prefix, l.groups = l.buf[:0], l.prefix[:0], l.groups[:0]
	return l
}

// resume goes on in the groups that h's attributes have begun.
func (l *line) resume(h *Handler) {
	l.prefix = append(l.prefix, h.prefix...)
	l.groups = append(l.groups, h.groups[:len(h.groups)-len(h.pending)]...)
}

// maxKept is the size of the largest line whose memory is used again.
const maxKept = 16 << 10

func (c *common) end(l *line) {
	if cap(l.buf) <= maxKept {
		c.lines.Put(l)
	}
}

// write ends the groups and the line, and writes it.
func (c *common) write(l *line, open int) error {
	from := len(" ") // of text
	if c.json {
		from = 0
		for ; open >= 0; open-- {
			l.buf = append(l.buf, '}')
		}
	}
	l.buf = append(l.buf, '\n')
	c.mu.Lock()
	_, err := c.w.Write(l.buf[from:])
	c.mu.Unlock()
	c.end(l)
	return err
}
