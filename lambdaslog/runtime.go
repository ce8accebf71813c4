package lambdaslog

import (
	"context"
	"log/slog"
	"time"

	"github.com/minlambda/minlambda"
)

// Log writes a message of the runtime, in the same format as records: it is for
// minlambda.Loop's Log. The line has the attributes that With has added. An error
// of the writer is lost.
func (h *Handler) Log(r minlambda.Record) {
	level := slogLevel(r.Level)
	if !h.Enabled(context.Background(), level) {
		return
	}
	l := h.begin()
	if h.json {
		object := r.JSON()
		l.buf = append(l.buf, object[:len(object)-1]...)
	} else {
		l.timestamp(time.Now())
		l.text("level", nameOf(level))
		for _, f := range [...]struct{ key, value string }{
			{"requestId", r.RequestID}, {"tenantId", r.TenantID}, {"message", r.Message},
			{"errorType", r.Type}, {"stackTrace", r.Stack},
		} {
			if f.value != "" {
				l.text(f.key, f.value)
			}
		}
	}
	l.buf = append(l.buf, h.added...)
	_ = h.write(l, h.open)
}

func slogLevel(level minlambda.Level) slog.Level {
	if level < minlambda.LevelTrace || level > minlambda.LevelFatal {
		level = minlambda.LevelInfo
	}
	return levels[level-minlambda.LevelTrace].level
}
