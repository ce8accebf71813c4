package micro

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdaslog"
	"github.com/minlambda/minlambda/lambdatest"
)

// A logger writes one kind of line: with the request ID where it knows one, in
// the format that AWS_LAMBDA_LOG_FORMAT named when the process started, since
// aws-lambda-go looks only then.
type logger struct {
	name string
	log  *slog.Logger
	ctx  context.Context
}

const logID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

// loggers are ours, aws-lambda-go's, and slog's own handler, which knows no
// request ID; each writes to the file. The first has the context of an invocation,
// which lasts until the test ends.
func loggers(tb testing.TB, to *os.File) []logger {
	tb.Helper()
	stdout := os.Stdout
	os.Stdout = to // there is no other way to say it
	aws := lambdacontext.NewLogger()
	os.Stdout = stdout
	var plain slog.Handler = slog.NewTextHandler(to, nil)
	if os.Getenv("AWS_LAMBDA_LOG_FORMAT") == "JSON" {
		plain = slog.NewJSONHandler(to, nil)
	}
	theirs := lambdacontext.NewContext(context.Background(),
		&lambdacontext.LambdaContext{AwsRequestID: logID})
	return []logger{
		{"minlambda", slog.New(lambdaslog.New(to, nil)), invocation(tb)},
		{"awslambdago", aws, theirs},
		{"slog", slog.New(plain), context.Background()},
	}
}

// invocation is the context of an invocation that goes on until the test ends.
func invocation(tb testing.TB) context.Context {
	tb.Helper()
	api := lambdatest.NewServer()
	got, over, done := make(chan context.Context), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	loop := minlambda.Loop{API: api.Addr(), Invoke: func(inv *minlambda.Invocation) error {
		got <- inv.Context()
		<-over
		return nil
	}}
	go func() {
		defer close(done)
		loop.Run(ctx)
	}()
	tb.Cleanup(func() {
		cancel()
		close(over)
		<-done
		api.Close()
	})
	api.Queue(lambdatest.Event{RequestID: logID})
	return <-got
}

// records are what is logged.
var records = []struct {
	name string
	log  func(l logger)
	want []string // in the line
}{
	{"message", func(l logger) {
		l.log.InfoContext(l.ctx, "order taken")
	}, []string{"order taken"}},
	{"attributes", func(l logger) {
		l.log.LogAttrs(l.ctx, slog.LevelInfo, "order taken", slog.String("name", "Ada Lovelace"),
			slog.Int("order", 4711), slog.Bool("paid", true), slog.Duration("took", time.Second))
	}, []string{"order taken", "Ada Lovelace", "4711", "true"}},
	{"group", func(l logger) {
		l.log.LogAttrs(l.ctx, slog.LevelInfo, "order taken",
			slog.Group("order", slog.Int("id", 4711), slog.String("name", "Ada")))
	}, []string{"order taken", "4711", "Ada"}},
}

// TestLogs: all write what they are given, and those that know the request ID
// write that too.
func TestLogs(t *testing.T) {
	for _, r := range records {
		file, err := os.CreateTemp(t.TempDir(), "log")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range loggers(t, file) {
			if err := file.Truncate(0); err != nil {
				t.Fatal(err)
			}
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			r.log(l)
			line, err := os.ReadFile(file.Name())
			if err != nil || bytes.Count(line, []byte("\n")) != 1 {
				t.Fatalf("%s, %s: %q, %v", r.name, l.name, line, err)
			}
			want := r.want
			if l.name != "slog" {
				want = append(want, logID)
			}
			for _, part := range want {
				if !strings.Contains(string(line), part) {
					t.Errorf("%s, %s: no %q in %s", r.name, l.name, part, line)
				}
			}
		}
		file.Close()
	}
}

func logWorks(tb testing.TB, record int) (all []work) {
	tb.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { null.Close() })
	for _, l := range loggers(tb, null) {
		all = append(all, work{l.name, func([]byte) error { records[record].log(l); return nil }})
	}
	return all
}

func BenchmarkLog(b *testing.B) {
	for i, r := range records {
		for at, name := range []string{"minlambda", "awslambdago", "slog"} {
			b.Run("record="+r.name+"/lib="+name, func(b *testing.B) {
				bench(b, logWorks(b, i)[at], nil, 0)
			})
		}
	}
}
