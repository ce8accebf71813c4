package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal opens a pair of pseudo-terminals: what a program writes to inner can be read from
// outer.
func openTerminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { outer.Close() })
	if err := unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(outer.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// drainTerminal reads what is written to inner, until every program that has it open has ended.
func drainTerminal(outer, inner *os.File) string {
	inner.Close()
	out, _ := io.ReadAll(outer) // ends with EIO
	return string(out)
}

func TestNewlineOnTerminal(t *testing.T) {
	for response, want := range map[string]string{"{}": "{}\r\n", "{}\n": "{}\r\n", "": ""} {
		outer, inner := openTerminal(t)
		command := exec.Command(programs.tool, "invoke", programs.bootstrap, "-d", response)
		command.Stdout = inner
		if err := command.Run(); err != nil {
			t.Fatal(err)
		}
		if got := drainTerminal(outer, inner); got != want {
			t.Errorf("%q came out as %q, want %q", response, got, want)
		}
	}
}

func TestProgressOnTerminal(t *testing.T) {
	outer, inner := openTerminal(t)
	command := exec.Command(programs.tool, "invoke", programs.bootstrap, "-d", "{}", "-n", "50")
	var stdout bytes.Buffer
	command.Stdout, command.Stderr = &stdout, inner
	if err := command.Run(); err != nil {
		t.Fatal(err)
	}
	log := drainTerminal(outer, inner)
	if !strings.Contains(log, "invoking") || !strings.Contains(log, "\r") ||
		!strings.Contains(log, "SUMMARY Invocations: 50\t") {
		t.Errorf("on the terminal: %q", log)
	}
	if stdout.String() != "{}" {
		t.Errorf("standard output %q", stdout.String())
	}
}

// However the tool ends, the function ends with it.
func TestSignals(t *testing.T) {
	for signal, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143,
		syscall.SIGKILL: -1} {
		t.Run(signal.String(), func(t *testing.T) {
			scratch := t.TempDir()
			command := exec.Command(programs.tool, "invoke", "testdata/bootstrap", "-d", "{}",
				"--env", "BEHAVIOUR=hang")
			command.Env = append(os.Environ(), "TMPDIR="+scratch)
			stderr, err := command.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stdout bytes.Buffer
			command.Stdout = &stdout
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stderr)
			pid := 0
			for pid == 0 && lines.Scan() {
				fmt.Sscanf(lines.Text(), "pid %d", &pid)
			}
			if pid == 0 {
				t.Fatal("the function did not run")
			}
			command.Process.Signal(signal)
			rest := ""
			for lines.Scan() {
				rest += lines.Text() + "\n"
			}
			command.Wait()
			if got := command.ProcessState.ExitCode(); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
			for deadline := time.Now().Add(patience); alive(pid); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the function lives on")
				}
			}
			if signal == syscall.SIGKILL {
				return
			}
			if stdout.Len() > 0 || rest != "minlambda: invoke: "+signal.String()+"\n" {
				t.Errorf("standard output %q, standard error %q", stdout.String(), rest)
			}
			if left, _ := filepath.Glob(filepath.Join(scratch, "minlambda-*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// Ctrl-C also ends the tool while it waits for the rest of an event.
func TestSignalWhileReading(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	command := exec.Command(programs.tool, "invoke", programs.bootstrap, "-e", "-")
	command.Stdin = in
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.WriteString("{"); err != nil {
		t.Fatal(err)
	}
	for unread := 1; unread > 0; {
		if unread, err = unix.IoctlGetInt(int(in.Fd()), unix.TIOCINQ); err != nil {
			t.Fatal(err)
		}
	}
	command.Process.Signal(syscall.SIGINT)
	command.Wait()
	if got := command.ProcessState.ExitCode(); got != 130 {
		t.Errorf("exit code %d, want 130", got)
	}
}

// alive reports whether a process runs. A process that has ended is not alive, even if nobody has
// waited for it yet.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}
