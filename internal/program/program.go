// Package program starts what tests start: the go command, programs that it has built, and the
// tests themselves. Programs run on this machine's processor, or on an emulator of another.
package program

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"strings"
)

// Variable names the environment variable that holds an emulator and its arguments, separated by
// spaces. It is for tests of another architecture, which run on the emulator as well:
//
//	GOARCH=arm64 MINLAMBDA_EXEC=qemu-aarch64-static go test -exec qemu-aarch64-static ./...
const Variable = "MINLAMBDA_EXEC"

// Emulated reports whether programs run on an emulator. The emulator is a process around the
// program: a limit on one is a limit on the other, and system calls are translated.
func Emulated() bool { return len(emulator()) > 0 }

func emulator() []string { return strings.Fields(os.Getenv(Variable)) }

// Parallel lets many tests run at once, since most of them wait, unless somebody has given a
// number. It is for a TestMain.
func Parallel() {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		f.Value.Set("8")
	}
}

// Command is exec.Command for the program in the file path, which go build has made.
func Command(path string, args ...string) *exec.Cmd {
	return CommandContext(context.Background(), path, args...)
}

// CommandContext is Command for a program that is killed when ctx ends.
func CommandContext(ctx context.Context, path string, args ...string) *exec.Cmd {
	words := append(append(emulator(), path), args...)
	return exec.CommandContext(ctx, words[0], words[1:]...)
}

// Go is exec.Command for the go command in this module, wherever the module lies: in the
// repository, where go.work adds other modules, or in the module cache, where they do not exist.
func Go(args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	return cmd
}
