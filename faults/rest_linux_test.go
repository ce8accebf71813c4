package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

// While a loop rests, which is while it waits for an event that is long in coming, all
// the rest of the process goes on: what a handler has started, timers, collections,
// profiles. A function does something after its response, and says when that is done;
// only then is there another event. Whatever waited for that would wait for ever.

// sightVariable is the address to which a function says what it has done.
const sightVariable = "MINLAMBDA_FAULTS_SIGHT"

func init() { children["resting"] = resting }

// works are what goes on after a response. Each says what was wrong; "" if nothing was.
var works = map[string]func() string{
	"goroutine":  func() string { return "" },
	"goroutines": manyGoroutines,
	"timers":     timers,
	"sockets":    sockets,
	"collection": collection,
	"memory":     func() string { debug.FreeOSMemory(); return "" },
	"stacks":     stacks,
	"deep":       collection, // so that the stack that the handler has used is given back
	"stop":       recording.stop,
}

// resting is a function whose events name what is to go on after the response.
func resting() {
	sight, err := net.Dial("udp", os.Getenv(sightVariable))
	if err != nil {
		panic(err)
	}
	recording.start()
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		name := string(event)
		go func() { fmt.Fprint(sight, name, ": ", works[name]()) }()
		if name == "deep" {
			dst = append(dst, fmt.Sprint(deep(10_000), " ")...)
		}
		return answer(dst, event)
	})
}

// deep needs a stack of more than a megabyte, and returns n.
func deep(n int) int {
	var frame [100]byte
	if n == 0 {
		return 0
	}
	frame[n%len(frame)] = 1
	return deep(n-1) + int(frame[n%len(frame)])
}

func manyGoroutines() string {
	var all sync.WaitGroup
	c := make(chan int)
	for range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			runtime.Gosched()
			c <- 1
		}()
	}
	for range 100 {
		<-c
	}
	all.Wait()
	return ""
}

func timers() string {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for range 3 {
		<-ticker.C
	}
	rang := make(chan struct{})
	time.AfterFunc(2*time.Millisecond, func() { close(rang) })
	<-rang
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	time.Sleep(12 * time.Millisecond) // in which there is nothing at all to do
	return ""
}

// sockets has something come in from outside, by way of Go's poller.
func sockets() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err.Error()
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			time.Sleep(time.Millisecond)
			conn.Write([]byte("hello"))
			conn.Close()
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	if got, err := io.ReadAll(conn); string(got) != "hello" || err != nil {
		return fmt.Sprint(string(got), err)
	}
	return ""
}

func collection() string {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 3 {
		runtime.GC()
	}
	if runtime.ReadMemStats(&after); after.NumGC < before.NumGC+3 {
		return fmt.Sprint(after.NumGC-before.NumGC, " collections")
	}
	return ""
}

// stacks finds the loop where it waits.
func stacks() string {
	time.Sleep(5 * time.Millisecond) // by then it does
	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 2); err != nil {
		return err.Error()
	}
	if !strings.Contains(text.String(), "wire.(*message).fill") {
		return "the loop is not among " + text.String()
	}
	return ""
}

// recordings are what Go can write down while a program runs.
type recordings struct {
	dir     string
	profile bytes.Buffer
}

var recording recordings

// recordVariable names the directory for it; without, nothing is written down.
const recordVariable = "MINLAMBDA_FAULTS_RECORD"

func (r *recordings) start() {
	if r.dir = os.Getenv(recordVariable); r.dir == "" {
		return
	}
	file, err := os.Create(filepath.Join(r.dir, "trace"))
	if err == nil {
		err = trace.Start(file)
	}
	if err == nil {
		err = pprof.StartCPUProfile(&r.profile)
	}
	if err != nil {
		panic(err)
	}
}

func (r *recordings) stop() string {
	if r.dir == "" {
		return ""
	}
	for end := time.Now().Add(30 * time.Millisecond); time.Now().Before(end); {
	} // so that there is something to be seen
	trace.Stop()
	if pprof.StopCPUProfile(); r.profile.Len() == 0 {
		return "the profile is empty"
	}
	return ""
}

// A sight is where a function says what it has done.
type sight struct {
	t    *testing.T
	conn *net.UDPConn
}

func newSight(t *testing.T) *sight {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &sight{t, conn}
}

func (s *sight) variable() string { return sightVariable + "=" + s.conn.LocalAddr().String() }

// see waits for something to be done.
func (s *sight) see(want string) {
	s.t.Helper()
	b := make([]byte, 64<<10)
	s.conn.SetReadDeadline(time.Now().Add(patience))
	n, err := s.conn.Read(b)
	if got := string(b[:n]); err != nil || got != want {
		s.t.Fatalf("seen %q, %v; want %q", got, err, want)
	}
}

// settings are environments in which a function runs.
var settings = map[string][]string{
	"one processor":  {"GOMAXPROCS=1"},
	"two processors": {"GOMAXPROCS=2"},
	"cooperative":    {"GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1"},
	"collecting":     {"GOMAXPROCS=2", "GOGC=1", "GODEBUG=clobberfree=1,gcstoptheworld=2"},
	"recorded":       {"GOMAXPROCS=2"},
}

// What a handler has started goes on when the response is sent, and is done before there
// is another event.
func TestRestWorks(t *testing.T) {
	for name, env := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if name == "recorded" {
				env = append(env, recordVariable+"="+dir)
			}
			s := newSight(t)
			p := child(t, "resting", append(env, s.variable())...)
			do := func(work string) {
				t.Helper()
				want := "re " + work
				if work == "deep" {
					want = fmt.Sprint(10_000, " ", want)
				}
				r := looptest.Result(t, p.API.Queue(lambdatest.Event{Payload: []byte(work)}))
				if r.Err != nil || string(r.Body) != want {
					t.Fatalf("%s: answered with %s", work, outcome(r))
				}
				s.see(work + ": ")
			}
			for range 2 {
				for work := range works {
					if work != "stop" {
						do(work)
					}
				}
				for range 10 {
					do("goroutine")
				}
			}
			do("stop")
			if said := p.Kill(); said != "" {
				t.Errorf("it said %q", said)
			}
			if name == "recorded" && !testing.Short() {
				readable(t, filepath.Join(dir, "trace"))
			}
		})
	}
}

// readable checks that a trace is one: that what it says of the states of goroutines,
// threads and processors is consistent.
func readable(t *testing.T, path string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	out, err := program.Go("tool", "trace", "-d=parsed", path).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("StateTransition")) {
		t.Errorf("the trace is not readable: %v\n%s", err, out[max(0, len(out)-1000):])
	}
}

func init() {
	children["spinning"] = func() {
		spinning(func() {
			for n := uint(0); ; n++ {
			}
		})
	}
	children["calling"] = func() {
		spinning(func() {
			for n := 0; ; n++ {
				leaf(n)
			}
		})
	}
}

//go:noinline
func leaf(n int) int {
	var room [200]byte // so that the call looks at the stack, where a goroutine is stopped
	return int(room[n%len(room)]) + n
}

// spinning is a function that starts a goroutine which never rests.
func spinning(spin func()) {
	var once sync.Once
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		once.Do(func() { go spin() })
		return answer(dst, event)
	})
}

// A goroutine that takes all the time there is does not keep events from being answered,
// after a rest or without.
func TestRestBesideASpinningGoroutine(t *testing.T) {
	for name, c := range map[string]struct {
		child string
		env   []string
	}{
		"one processor":        {"spinning", []string{"GOMAXPROCS=1"}},
		"one processor, calls": {"calling", []string{"GOMAXPROCS=1"}},
		"cooperative, calls":   {"calling", []string{"GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1"}},
		"cooperative, no calls": {"spinning", []string{
			"GOMAXPROCS=2", "GODEBUG=asyncpreemptoff=1", "GOGC=off",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := child(t, c.child, c.env...)
			for i := range 20 {
				time.Sleep(time.Duration(i%4) * 4 * time.Millisecond)
				fine(t, p.API)
			}
			if said := p.Kill(); said != "" {
				t.Errorf("it said %q", said)
			}
		})
	}
}
