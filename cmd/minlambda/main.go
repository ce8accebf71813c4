// Command minlambda is the developer's tool: it runs a Lambda function on this machine, without
// Docker.
//
//	minlambda invoke ./examples/json -d '{"name":"Ada"}'
//
// It works with every program that speaks the Lambda Runtime API, built with minlambda or not. Open
// invoke.go next.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// The exit codes, as --help lists them.
const (
	exitOK     = 0
	exitFailed = 1
	exitMisuse = 2
	exitSignal = 128 // plus the signal's number, as shells count: 130 after Ctrl-C
)

// cli is the command line: one field for each verb.
type cli struct {
	Version kong.VersionFlag `help:"Print the version."`

	Invoke invoke `cmd:"" help:"Run a function on this machine and send it events."`
	Help   help   `cmd:"" help:"Explain a command, as its --help does."`
}

// help is the command line of the verb help.
type help struct {
	Command []string `arg:"" optional:"" name:"COMMAND" help:"The command; default: all."`
}

// Run prints the help of the command.
func (h *help) Run(c *kong.Context) error {
	asked, err := kong.Trace(c.Kong, h.Command)
	if err == nil {
		err = asked.Error
	}
	if err != nil {
		return misusef("help: %w%s", err, seeHelp(asked))
	}
	return asked.PrintUsage(false)
}

// streams are the tool's own standard streams.
type streams struct {
	in, out, err *os.File
}

// misuse is an error in the command line, not in the function.
type misuse struct{ error }

func misusef(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// errFailed says that a function failed, and that everything about it has been reported already.
var errFailed = errors.New("failed")

// interrupted is the cause of a context that a signal has ended.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return i.signal.String() }

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

func run(args []string, std streams) int {
	var commands cli
	asked := false // for --help or --version, which has then been printed
	parser, err := kong.New(&commands,
		kong.Name("minlambda"),
		kong.Description("Develop Lambda functions without Docker and without the cloud."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.NamedMapper("source", &sources{}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(duration)),
		kong.Vars{"version": version()},
		invokeHelp,
		kong.Writers(std.out, std.err),
		kong.Exit(func(int) { asked = true }),
	)
	if err != nil {
		return exitCode(std, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if asked {
		return exitOK
	}
	if err != nil {
		var at *kong.ParseError
		if errors.As(err, &at) {
			return exitCode(std, misusef("%w%s", err, seeHelp(at.Context)))
		}
		return exitCode(std, misusef("%w", err))
	}
	ctx, stop := withSignals()
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	return exitCode(std, parsed.Run(std))
}

// seeHelp returns the end of a message about a command line: where the command is explained, or all
// commands if none was named.
func seeHelp(c *kong.Context) string {
	if c == nil {
		return " (see minlambda --help)"
	}
	if verb := c.Selected(); verb != nil {
		return fmt.Sprintf(" (see minlambda %s --help)", verb.Name)
	}
	var verbs []string
	for _, child := range c.Model.Children {
		verbs = append(verbs, child.Name)
	}
	return fmt.Sprintf(": the commands are %s (see minlambda --help)", strings.Join(verbs, ", "))
}

// version returns the tool's version, as far as its build knows it, and what it was built with and
// for.
func version() string {
	number := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		number = info.Main.Version
	}
	return fmt.Sprintf("minlambda %s %s %s/%s",
		number, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// exitCode prints in one line what went wrong, and returns the exit code.
func exitCode(std streams, err error) int {
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

// withSignals returns a context that ends when a signal arrives that would end the program, so that
// the program can clean up. A second signal ends the program.
func withSignals() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	// If standard output is a closed pipe, the write to it fails, the function is stopped, and what
	// was built is removed. Ignoring the signal would make the function ignore it, too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			number, _ := s.(syscall.Signal) // all signals of Notify have this type
			cancel(interrupted{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
