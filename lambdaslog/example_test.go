package lambdaslog_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdaslog"
	"github.com/minlambda/minlambda/lambdatest"
)

// The request ID comes from the context that a line is logged with; it is at the top level, though
// the logger is in a group. Log takes the runtime's own messages.
func ExampleNew() {
	logs := lambdaslog.New(os.Stdout, &lambdaslog.Options{
		Format: lambdaslog.Text, // else what AWS_LAMBDA_LOG_FORMAT says
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "card" {
				a.Value = slog.StringValue("…")
			}
			return a
		},
	})
	logger := slog.New(withoutTime{logs}).WithGroup("order")

	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{API: api.Addr(), Log: logs.Log}
	loop.Invoke = func(inv *minlambda.Invocation) error {
		logger.InfoContext(inv.Context(), "taken", "id", 4711, "card", "1234")
		return nil
	}
	go loop.Run(ctx)
	api.Queue(lambdatest.Event{RequestID: "8476a536"}).Wait(ctx)
	// Output: level=INFO requestId=8476a536 message=taken order.id=4711 order.card=…
}

// withoutTime leaves the time out, which is another one each time.
type withoutTime struct{ slog.Handler }

func (h withoutTime) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

func (h withoutTime) WithGroup(name string) slog.Handler {
	return withoutTime{h.Handler.WithGroup(name)}
}
