package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/minlambda/minlambda/internal/program"
)

// A process is a function that runs.
type process struct {
	cmd    *exec.Cmd
	read   chan struct{} // closed when all that it has written was read
	stdout strings.Builder

	// To be looked at when it has ended.
	refused  int  // lines about refused responses
	panicked bool // it has logged a panic
	strange  []string
}

func startProcess(addr, kind string, env ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: program.Command(self), read: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childVariable+"="+kind, "AWS_LAMBDA_RUNTIME_API="+addr)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdout = &p.stdout
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.listen(stderr)
	return p, nil
}

// listen reads what the function says.
func (p *process) listen(stderr io.Reader) {
	defer close(p.read)
	lines := bufio.NewReader(stderr)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch {
		case p.panicked: // the stack
		case strings.HasPrefix(line, "minlambda: handler: panic: RequestId: ") &&
			strings.Contains(line, " string: "+string(panics)):
			p.panicked = true
		case strings.HasPrefix(line, "minlambda: handler: error: RequestId: ") &&
			(strings.Contains(line, " errorString: "+string(fails)) ||
				strings.Contains(line, " errorString: "+string(tires)) ||
				strings.Contains(line, " Function.ResponseSizeTooLarge: ")):
			// An error that the event has asked for, or a response that it made too large.
		case strings.HasPrefix(line, "minlambda: ") && strings.Contains(line, " refused: "):
			p.refused++
		case strings.HasPrefix(line, "minlambda: response: ") && strings.Contains(line, ": in a stream, after "):
			// Its connection was dropped, in the middle of it or before its answer was read.
		case len(p.strange) < 10:
			p.strange = append(p.strange, line)
		}
	}
}

// ended waits for the end of a function that has panicked, or makes an end of one that has not, and says what was
// wrong with it.
func (p *process) ended(panicked bool, refused [2]int) error {
	if !panicked {
		p.cmd.Process.Kill()
	}
	<-p.read
	err := p.cmd.Wait()
	switch {
	case len(p.strange) > 0 || p.stdout.Len() > 0:
		return fmt.Errorf("it said %q and %q", p.strange, p.stdout.String())
	case panicked && (p.cmd.ProcessState.ExitCode() != 1 || !p.panicked):
		return fmt.Errorf("after a panic it ended with %v, and it had logged one: %v", err, p.panicked)
	case !panicked && p.panicked:
		return errors.New("it logged a panic that nobody has asked for")
	case p.refused < refused[0] || p.refused > refused[1]:
		return fmt.Errorf("it logged %d refused responses, and there were %d to %d", p.refused, refused[0], refused[1])
	}
	return nil
}
