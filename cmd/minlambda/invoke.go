package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// invoke is the command line of the verb invoke.
type invoke struct {
	Path string `arg:"" name:"PATH" help:"${pathHelp}"`

	Data   []source `short:"d" type:"source" placeholder:"JSON" help:"${dataHelp}"`
	Event  []source `short:"e" type:"source" placeholder:"FILE" help:"${eventHelp}"`
	Events []source `type:"source" placeholder:"FILE" help:"${eventsHelp}"`

	Repeat  int  `short:"n" default:"1" placeholder:"N" help:"${repeatHelp}"`
	Verbose bool `short:"v" help:"With -n: log each invocation nevertheless."`

	Timeout time.Duration `default:"30s" help:"${timeoutHelp} Default: ${default}."`
	Memory  int           `default:"128" placeholder:"MB" help:"${memoryHelp} Default: ${default}."`
	Env     []string      `placeholder:"NAME=VALUE" sep:"none" help:"${envHelp}"`

	TraceID       string `placeholder:"ID" help:"The X-Ray trace ID that comes with the event."`
	ClientContext string `placeholder:"JSON" help:"The client context that comes with the event."`
	TenantID      string `placeholder:"ID" help:"The tenant ID that comes with the event."`
}

// invokeHelp has the help texts of the flags.
var invokeHelp = kong.Vars{
	"pathHelp": "The function: a Go main package, which is built for this machine first (its" +
		" directory, its import path in the module that you stand in, or a .go file), or a" +
		" program to run as it is.",
	"dataHelp": "An event. @FILE (or file://FILE) reads it from FILE, byte for byte; @- is" +
		" standard input. Repeatable, as the other two are.",
	"eventHelp": "A file that is an event, byte for byte; - is standard input.",
	"eventsHelp": "A file with an event on each line (NDJSON, JSON Lines); - is standard input." +
		" Empty lines are skipped.",
	"repeatHelp": "Send the events N times over to one process, stop at the first failure, print" +
		" the last response, and sum up instead of logging each invocation.",
	"timeoutHelp": "Stop the function after this time, in seconds or as in 300ms, 1m30s. It also" +
		" bounds the start-up.",
	"memoryHelp": "The memory size to tell the function and to report; it is not enforced.",
	"envHelp":    "Set an environment variable of the function. Repeatable.",
}

// Help returns what minlambda invoke --help says beyond the flags.
func (*invoke) Help() string {
	return `The function runs as it does in Lambda: as a process of its own that asks a Runtime API
for events, in the environment that Lambda sets, with the directory of PATH as its working
directory. The response goes to standard output, every byte of it and nothing else; a newline is
added on a terminal only. What the function prints goes to standard error, with the START, END and
REPORT lines of Lambda's log. A function error is printed like a response, as Lambda returns it.

Several events are sent in the order of the command line, and each response, or error, goes on a
line of its own. A function error does not stop them; a function that ends is started anew for the
next event, as in Lambda.

At its end, and at a timeout, the function is killed. If it has registered an extension, it gets
SIGTERM 500 ms before.

Examples:

    minlambda invoke ./examples/json -d '{"name":"Ada"}'
    minlambda invoke ./build/bootstrap -e event.json > response.json
    minlambda invoke main.go -d @event.json
    minlambda invoke example.com/shop/cmd/orders -d '{}'
    curl -s https://example.com/event.json | minlambda invoke . -e -
    minlambda invoke . -e first.json -e second.json --events more.ndjson > responses.ndjson
    minlambda invoke . -d '{}' -n 10000
    minlambda invoke . -d '{}' --env TABLE=orders --timeout 3

Exit codes:

    0    the function responded to every event
    1    the function returned an error, crashed, timed out, or could not be built or started;
         or the response could not be written
    2    the command line is wrong
    130  stopped by Ctrl-C; the function is stopped too`
}

// Run does what the command line says. If it returns errFailed, what the function did wrong has
// already been reported.
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
	events, err := i.events(ctx, std.in)
	if err != nil {
		return err
	}
	function, err := open(ctx, i.Path, std.err)
	if err != nil {
		return err
	}
	defer function.remove()
	if i.Repeat > 1 {
		return i.repeat(ctx, function, events, std)
	}
	return i.sendEach(ctx, function, events, std)
}

// check finds what is wrong with the flags beyond their form.
func (i *invoke) check() error {
	switch {
	case len(i.Data)+len(i.Event)+len(i.Events) == 0:
		return misusef("no event: give it with -d JSON, -e FILE, --events FILE, " +
			"or -e - for standard input")
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
		if strings.ContainsFunc(values[0], func(r rune) bool {
			return r < ' ' && r != '\t' || r == 0x7f
		}) {
			return misusef("%s %q: control characters cannot be sent", name, values[0])
		}
	}
	return nil
}

// header returns the event's metadata that flags ask for.
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
