package faults

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

func init() { children["loops"] = loops }

// apisVariable has the addresses of the Runtime APIs for the loops of one process.
const apisVariable = "MINLAMBDA_FAULTS_APIS"

// loops is a process of several loops. Each second one has a thread of its own; one has a
// handler that locks its thread for a while, another starts processes in its handler, and
// a third while it waits.
func loops() {
	var all sync.WaitGroup
	for i, addr := range strings.Fields(os.Getenv(apisVariable)) {
		n := 0
		handler := func(dst, event []byte) ([]byte, error) {
			n++
			switch {
			case i == 1:
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				runtime.Gosched()
			case i == 2 && n%10 == 0:
				if err := exec.Command("/bin/true").Run(); err != nil {
					return nil, err
				}
			case i == 3 && n%10 == 0:
				go exec.Command("/bin/sh", "-c", "exit 1").Run()
			}
			return answer(dst, event)
		}
		all.Add(1)
		go func() {
			defer all.Done()
			if i%2 == 0 {
				runtime.LockOSThread()
			}
			l := minlambda.Loop{API: addr, Handler: handler}
			panic(l.Run(context.Background()))
		}()
	}
	all.Wait()
}

// Loops in one process that rest and are flooded in turns, so that each goes from the one
// way of waiting to the other while its neighbours are in both, handle their own events.
func TestRestOfManyLoops(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 20
	}
	for _, processors := range []string{"1", "2"} {
		t.Run(processors, func(t *testing.T) {
			t.Parallel()
			var apis []*lambdatest.Server
			addrs := ""
			for range 8 {
				api := looptest.Serve(t)
				apis = append(apis, api)
				addrs += api.Addr() + " "
			}
			p := child(t, "loops", apisVariable+"="+addrs, "GOMAXPROCS="+processors)
			var all sync.WaitGroup
			for i, api := range apis {
				all.Add(1)
				go func() {
					defer all.Done()
					restInTurns(t, api, i, n)
				}()
			}
			all.Wait()
			if said := p.Kill(); said != "" {
				t.Errorf("it said %q", said)
			}
		})
	}
}

// restInTurns sends events in floods of ten, with rests between some.
func restInTurns(t *testing.T, api *lambdatest.Server, i, n int) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for k := range n {
		if k/10%2 == i%2 {
			time.Sleep(time.Duration((i+k)%5) * time.Millisecond)
		}
		event := strconv.Itoa(1000*i + k)
		got, err := api.Invoke(ctx, []byte(event))
		if err != nil || string(got) != "re "+event {
			t.Errorf("loop %d: %s was answered with %q, %v", i, event, got, err)
			return
		}
	}
	if got := api.Connections(); got != 1 {
		t.Errorf("loop %d: %d connections", i, got)
	}
}

// However a function is built, it rests: with the race detector, which has its own idea of
// what is between two calls of the runtime, and by each build tag.
func TestRestOfEachBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program in four ways")
	}
	t.Parallel()
	for name, args := range map[string][]string{
		"race":    {"-race"},
		"no link": {"-tags", "minlambda_nolink"},
		"poison":  {"-tags", "minlambda_poison"},
		"net":     {"-tags", "minlambda_net"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("gcc"); name == "race" && (err != nil || !native()) {
				t.Skip("no gcc here, or not for this processor")
			}
			path := filepath.Join(t.TempDir(), "echo")
			args := append([]string{"build", "-o", path}, args...)
			out, err := program.Go(append(args, "../examples/echo")...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			p := launch(t, "", program.Command(path))
			p.Asked()
			p.storm(500*time.Microsecond, syscall.SIGURG, syscall.SIGCHLD)
			disturbed(t, p, 40)
		})
	}
}
