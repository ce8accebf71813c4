// Package program starts what tests start: the go command, and programs that it
// has built, on this machine's processor or on an emulator of another; and the
// tests themselves.
package program

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"strings"
)

// Variable names the environment variable that holds an emulator and its
// arguments, separated by spaces. It is for tests of another architecture, which
// the emulator runs as well:
//
//	GOARCH=arm64 MINLAMBDA_EXEC=qemu-aarch64-static go test -exec qemu-aarch64-static ./...
const Variable = "MINLAMBDA_EXEC"

// Emulated reports whether programs run on an emulator. It is a process of its
// own around the program: what limits the one limits the other, and system calls
// are translated.
func Emulated() bool { return len(emulator()) > 0 }

func emulator() []string { return strings.Fields(os.Getenv(Variable)) }

// Parallel lets so many tests run at once that most of them may wait, where
// nobody has given another number. It is for a TestMain.
func Parallel() {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		f.Value.Set("8")
	}
}

// Command is exec.Command for a program that go build has made, in the file
// path.
func Command(path string, args ...string) *exec.Cmd {
	return CommandContext(context.Background(), path, args...)
}

// CommandContext is Command for a program that is killed when ctx ends.
func CommandContext(ctx context.Context, path string, args ...string) *exec.Cmd {
	words := append(append(emulator(), path), args...)
	return exec.CommandContext(ctx, words[0], words[1:]...)
}

// Go is exec.Command for the go command in this module, wherever it lies: in the
// repository, where go.work adds other modules to it, and in the module cache,
// where they are not.
func Go(args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	return cmd
}
