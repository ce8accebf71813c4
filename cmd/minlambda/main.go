// Command minlambda is the developer's tool: it runs a Lambda function on this machine, without Docker.
//
//	minlambda invoke ./examples/json -d '{"name":"Ada"}'
//
// It works with every program that speaks the Lambda Runtime API, built with minlambda or not. invoke.go is the file
// to open next.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes, as --help lists them.
const (
	exitOK     = 0
	exitFailed = 1
	exitMisuse = 2
	exitSignal = 128 // and the signal's number, as shells count: 130 after Ctrl-C
)

// cli is the command line: one field a verb.
type cli struct {
	Invoke invoke `cmd:"" help:"Run a function on this machine and send it an event."`
}

// streams are the tool's own standard streams.
type streams struct {
	in, out, err *os.File
}

// misuse is an error in the command line, not in the function.
type misuse struct{ error }

func misusef(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// errFailed says that a function failed and that everything about it has been said already.
var errFailed = errors.New("failed")

// interrupted is the cause of a context that a signal has ended.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return i.signal.String() }

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

func run(args []string, std streams) int {
	var commands cli
	asked := false // for --help, which has then been printed
	parser, err := kong.New(&commands,
		kong.Name("minlambda"),
		kong.Description("Develop Lambda functions without Docker and without the cloud."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.WithHyphenPrefixedParameters(true), // -1 is an event
		kong.Writers(std.out, std.err),
		kong.Exit(func(int) { asked = true }),
	)
	if err != nil {
		return report(std, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if asked {
		return exitOK
	}
	if err != nil {
		return report(std, misusef("%w (see minlambda --help)", err))
	}
	ctx, stop := withSignals()
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	return report(std, parsed.Run(std))
}

// report says in one line what went wrong, and gives the exit code.
func report(std streams, err error) int {
	var wrong misuse
	var stopped interrupted
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &stopped):
		fmt.Fprintln(std.err, "minlambda:", err)
		return exitSignal + int(stopped.signal)
	case errors.As(err, &wrong):
		fmt.Fprintln(std.err, "minlambda:", err)
		return exitMisuse
	default:
		fmt.Fprintln(std.err, "minlambda:", err)
		return exitFailed
	}
}

// withSignals is a context that a signal ends which would end the program, so that it can clean up. A second signal
// ends the program.
func withSignals() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			number, _ := s.(syscall.Signal) // every signal of Notify is one
			cancel(interrupted{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
