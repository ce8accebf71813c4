// Package shutdown lets a function end well: when Lambda takes its environment
// down, a function that has called [Register] gets a signal, and some time.
//
//	func main() {
//		shutdown.Register(func() { db.Close() })
//		minlambda.Run(handle)
//	}
//
// Lambda kills a function without a word (SIGKILL) unless an extension is
// registered. Before the first request for an event the loop therefore registers
// an internal extension, a part of the function itself, that wants no events.
// Lambda then sends SIGTERM, and SIGKILL 500 ms after that, or 300 ms beside
// extensions in layers (the page "Lambda execution environment lifecycle"). It
// also does so when an invocation times out, and its caller waits until the
// process has ended; without an extension a timeout is a SIGKILL at once.
//
// On SIGTERM, and on SIGINT, which a terminal sends:
//
//   - No loop of the process asks for another event.
//   - A handler that is running sees the context of its Invocation end, with
//     [ErrSignal] as the cause. It is left to finish, and its response is sent.
//     A handler of bytes, which has no context, is left to finish as well.
//   - When no handler runs any more, but after 200 ms at the latest, the
//     callbacks run, the last one registered first.
//   - When all of this is over, and 400 ms after the signal at the latest, the
//     process exits with status 0; with status 1 if a loop has failed meanwhile, as
//     one does whose handler panics. What Main, Run and their like are
//     called by does not go on before.
//
// Lambda sends the signal when no event is on its way, or one has timed out. Elsewhere an
// event that arrives together with the signal may be lost, as it is when a process ends.
//
// Further signals change nothing. No callback runs when the process ends for
// another reason: a panic, os.Exit, or a main that returns. A program that catches
// these signals itself, or ends its Loop.Run by signal.NotifyContext, takes part in
// the same signal, and should leave its end to this package.
//
// The registration is one more request before the first, and one that stays
// pending on a connection of its own. With package os/signal, which the program then
// has, that is half a millisecond at the start of the process (1.1 ms become 1.6 ms in
// BenchmarkShutdown of bench), 0.4 MB of memory and 0.23 MB of program. If it fails
// (Lambda refuses it, or the server at hand knows no extensions), one warning is
// logged, and the loop serves: signals that come all the same are handled.
package shutdown

import (
	"errors"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/halt"
)

// ErrSignal is the cause (context.Cause) of the end of an Invocation's context when
// the process has been told to end.
var ErrSignal = errors.New("minlambda: shutdown: the process was told to end by a signal")

// Register has callback called when the process is told to end, and Lambda send
// the signal that says so. A nil callback is none; the rest holds.
//
// Callbacks run one after the other, the last one registered first, each in the
// time that is left, divided by the number of those that are still to run: one that
// hangs is left behind. One that panics is logged, and the others run. A callback
// that has not returned when the time is over ends with the process.
//
// Register may be called several times, and by several goroutines; all calls share
// one extension. The first call comes before the first loop begins. If it comes
// later, that is too late for Lambda to be told, which a warning says: the callback
// runs should a signal come, but loops that have begun don't learn of it. A callback
// that is registered after the signal does not run.
func Register(callback func()) {
	if all.add(callback) && halt.Begun.Load() {
		minlambda.Record{Level: minlambda.LevelWarn,
			Message: "minlambda: shutdown: Register was first called after a loop had begun:" +
				" Lambda was not told, and sends no signal"}.Print()
		all.listen()
	}
}
