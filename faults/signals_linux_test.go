package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() {
	children["storm"] = stormed
	if looptest.IsChild() {
		// a function runs on the main thread, which signals to a process go to
		runtime.LockOSThread()
	}
}

// stormed is a function whose thread gets a signal every 100 µs or so, and each one interrupts what
// it waits for. Go's handlers ask the kernel to restart a system call, which it does unless the
// socket has a timeout (signal(7)).
func stormed() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	pid, thread := os.Getpid(), syscall.Gettid()
	go func() {
		for {
			<-signals
		}
	}()
	go func() {
		for which := syscall.SIGUSR1; ; which ^= syscall.SIGUSR1 ^ syscall.SIGURG {
			syscall.Tgkill(pid, thread, which)
			time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		}
	}()
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		for fd := 3; fd < 20; fd++ {
			interruptible(fd) // fails for what is no socket
		}
		switch {
		case string(event) == "probe":
			return append(dst, probe()...), nil
		case len(event)%2 == 0:
			return event, nil
		}
		return append(dst, event...), nil
	})
}

func interruptible(fd int) {
	hour := syscall.Timeval{Sec: 3600}
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &hour)
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &hour)
}

// probe reads from a socket that nothing comes from, and says what the storm does to that.
func probe() string {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err.Error()
	}
	interruptible(pair[0])
	_, _, err = syscall.Recvfrom(pair[0], make([]byte, 1), 0)
	syscall.Close(pair[0])
	syscall.Close(pair[1])
	return fmt.Sprint(err)
}

// A function that is interrupted all the time, by itself and from outside, handles events of all
// sizes as ever.
func TestSignals(t *testing.T) {
	t.Parallel()
	n := 4000
	if testing.Short() {
		n = 800
	}
	p := child(t, "storm")
	p.Asked() // before, SIGUSR1 may end it
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for which := syscall.SIGUSR1; ; which ^= syscall.SIGUSR1 ^ syscall.SIGURG {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				p.Cmd.Process.Signal(which)
			}
		}
	}()
	r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte("probe")}))
	if string(r.Body) != syscall.EINTR.Error() {
		t.Errorf("the storm does no harm: a read ended with %q", r.Body)
	}
	for i := range n {
		e := lambdatest.Event{Payload: randomPayload(i), Chunks: []int{-1, 0, 3, 100}[i%4]}
		if i%20 == 0 {
			e.Trickle = 1 + len(e.Payload)/300
		}
		if i%100 == 0 {
			p.API.Script(lambdatest.Answer{Header: map[string][]string{"Connection": {"close"}},
				Close: true})
		}
		if r := looptest.Result(t, p.API.Queue(e)); r.Err != nil ||
			string(r.Body) != string(e.Payload) {
			t.Fatalf("%d: %d bytes came back as %d, %v", i, len(e.Payload), len(r.Body), r.Err)
		}
	}
	if said := p.Kill(); said != "" {
		t.Errorf("it said %q", said)
	}
}

// randomPayload is mostly small, and begins with i.
func randomPayload(i int) []byte {
	size := rand.IntN(3000)
	switch {
	case i%200 == 199:
		size = rand.IntN(6 << 20)
	case i%10 == 9:
		size = rand.IntN(200_000)
	}
	text := fmt.Sprint(i, " ")
	return []byte(text + strings.Repeat(text, size/len(text)))
}
