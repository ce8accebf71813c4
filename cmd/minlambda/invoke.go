package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// invoke is the verb's command line.
type invoke struct {
	Path string `arg:"" name:"PATH" help:"A directory with a Go main package, which is built for this machine first, or a bootstrap binary."`

	Data  *string `short:"d" placeholder:"JSON" help:"The event."`
	Event string  `short:"e" placeholder:"FILE" help:"Read the event from FILE, byte for byte; - is standard input."`

	Repeat  int  `short:"n" default:"1" placeholder:"N" help:"Send the event N times to one process, stop at the first failure, print the last response, and sum up instead of logging each invocation."`
	Verbose bool `short:"v" help:"With -n: log each invocation nevertheless."`

	Timeout time.Duration `default:"30s" help:"Kill the function after this time. It also bounds the start-up. Default: ${default}."`
	Memory  int           `default:"128" placeholder:"MB" help:"The memory size to tell the function and to report; it is not enforced. Default: ${default}."`
	Env     []string      `placeholder:"NAME=VALUE" sep:"none" help:"Set an environment variable of the function. Repeatable."`

	TraceID       string `placeholder:"ID" help:"The X-Ray trace ID that comes with the event."`
	ClientContext string `placeholder:"JSON" help:"The client context that comes with the event."`
	TenantID      string `placeholder:"ID" help:"The tenant ID that comes with the event."`
}

// Help is what minlambda invoke --help says beyond the flags.
func (*invoke) Help() string {
	return `The function runs as it does in Lambda: as a process of its own that asks a Runtime API for events, in the
environment that Lambda sets, with the directory of PATH as its working directory. The response goes to standard output,
every byte of it and nothing else; a newline is added on a terminal only. What the function prints goes to standard error,
with the START, END and REPORT lines of Lambda's log. A function error is printed like a response, as Lambda returns it.

Examples:

    minlambda invoke ./examples/json -d '{"name":"Ada"}'
    minlambda invoke ./build/bootstrap -e event.json > response.json
    curl -s https://example.com/event.json | minlambda invoke . -e -
    minlambda invoke . -d '{}' -n 10000
    minlambda invoke . -d '{}' --env TABLE=orders --timeout 3s

Exit codes:

    0    the function responded
    1    the function returned an error, crashed, timed out, or could not be built or started
    2    the command line is wrong
    130  stopped by Ctrl-C; the function is stopped too`
}

// Run does what the command line says. What the function did wrong has been said when it returns errFailed.
func (i *invoke) Run(ctx context.Context, std streams) error {
	if err := i.run(ctx, std); err != nil {
		if stop := context.Cause(ctx); stop != nil {
			err = stop // whatever failed, failed because of it
		}
		return fmt.Errorf("invoke: %w", err)
	}
	return nil
}

func (i *invoke) run(ctx context.Context, std streams) error {
	if err := i.check(); err != nil {
		return err
	}
	event, err := i.event(ctx, std.in)
	if err != nil {
		return err
	}
	function, err := open(ctx, i.Path, std.err)
	if err != nil {
		return err
	}
	defer function.remove()

	s, err := begin(i, function, std.err)
	if err != nil {
		return err
	}
	response, err := s.invokeAll(ctx, event)
	s.end()
	if err != nil && !errors.Is(err, errFailed) {
		return err
	}
	if problem := show(std.out, response); problem != nil {
		return problem
	}
	return err
}

// check finds what is wrong with the flags beyond their form.
func (i *invoke) check() error {
	switch {
	case i.Data == nil && i.Event == "":
		return misusef("no event: give it with -d JSON, -e FILE, or -e - for standard input")
	case i.Data != nil && i.Event != "":
		return misusef("two events: give either -d or -e")
	case i.Repeat < 1:
		return misusef("-n %d: the event must be sent at least once", i.Repeat)
	case i.Timeout <= 0:
		return misusef("--timeout %s: must be more than nothing", i.Timeout)
	case i.Memory < 1:
		return misusef("--memory %d: must be at least 1 MB", i.Memory)
	}
	for _, pair := range i.Env {
		if name, _, ok := strings.Cut(pair, "="); !ok || name == "" {
			return misusef("--env %q: not of the form NAME=VALUE", pair)
		}
	}
	for name, values := range i.header() {
		if strings.ContainsFunc(values[0], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return misusef("%s %q: control characters cannot be sent", name, values[0])
		}
	}
	return nil
}

// event reads the event.
func (i *invoke) event(ctx context.Context, in io.Reader) ([]byte, error) {
	if i.Data != nil {
		return []byte(*i.Data), nil
	}
	var event []byte
	var err error
	read := make(chan struct{})
	go func() { // a terminal or a pipe can keep a reader waiting for ever, and Ctrl-C must end that
		defer close(read)
		if i.Event == "-" {
			event, err = io.ReadAll(in)
		} else {
			event, err = os.ReadFile(i.Event)
		}
	}()
	select {
	case <-read:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, misusef("event: %w", err)
	}
	return event, nil
}

// header is the event's metadata that flags ask for.
func (i *invoke) header() http.Header {
	header := http.Header{}
	for name, value := range map[string]string{
		"Lambda-Runtime-Trace-Id":       i.TraceID,
		"Lambda-Runtime-Client-Context": i.ClientContext,
		"Lambda-Runtime-Aws-Tenant-Id":  i.TenantID,
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
	return header
}
