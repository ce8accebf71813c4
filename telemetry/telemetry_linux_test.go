package telemetry

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/program"
	"github.com/minlambda/minlambda/lambdatest"
)

const (
	patience      = time.Minute
	childVariable = "MINLAMBDA_TEST_CHILD"
)

// TestFunction is the function that the other tests start, in a process of its own. The event
// "fail" fails, "panic" panics, "close" closes descriptor 3; any other is answered with what is
// left of the variables.
func TestFunction(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("another test starts it")
	}
	l := minlambda.Loop{Log: Log(), Handler: func(dst, event []byte) ([]byte, error) {
		switch string(event) {
		case "fail":
			return nil, errors.New("no\ntea")
		case "panic":
			panic("boom")
		case "close":
			syscall.Close(3)
		}
		return fmt.Append(dst, os.Getenv(fdVariable), os.Getenv(socketVariable)), nil
	}}
	if (l.Log == nil) != (Open() == nil) {
		t.Error("Log and Open differ")
	}
	l.Run(context.Background())
	os.Exit(0)
}

// function runs TestFunction for the events, and returns what it has printed on standard error. The
// last event must end it.
func function(t *testing.T, three *os.File, events []string, env ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	api := lambdatest.NewServer()
	defer api.Close()
	cmd := program.CommandContext(ctx, os.Args[0], "-test.run=^TestFunction$")
	cmd.Env = append(append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+api.Addr(),
		childVariable+"=1"), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if three != nil {
		cmd.ExtraFiles = []*os.File{three}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	for _, event := range events {
		r, err := api.Queue(lambdatest.Event{Payload: []byte(event)}).Wait(ctx)
		if err != nil || len(r.Body) > 0 {
			t.Fatalf("%s: %q, %v; printed %s", event, r.Body, err, stderr.String())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v; printed %s", err, stderr.String())
	}
	return stderr.String()
}

// pair is a pair of sockets that keep the ends of writes.
func pair(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs = os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// frame reads one packet, which must be one frame.
func frame(t *testing.T, f *os.File) (kind uint32, text string) {
	t.Helper()
	buf := make([]byte, 1<<17)
	n, err := f.Read(buf)
	if err != nil || n < frameHead || int(binary.BigEndian.Uint32(buf[4:])) != n-frameHead {
		t.Fatalf("%d bytes, %v: %q", n, err, buf[:min(n, 100)])
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(buf[8:])))
	if ago := time.Since(at); ago < -time.Hour || ago > time.Hour {
		t.Errorf("the time is %v", at)
	}
	return binary.BigEndian.Uint32(buf), string(buf[frameHead:n])
}

// Each record is one frame, in one write, with its level and its form; the stack is in it. Standard
// error has nothing, the variable is gone, and who closes the descriptor changes nothing.
func TestFrames(t *testing.T) {
	for format, text := range map[string]uint32{"": 1, "TEXT": 1, "json": 0} {
		for _, level := range []string{"", "fatal"} {
			t.Run(format+" "+level, func(t *testing.T) {
				ours, theirs := pair(t)
				out := function(t, theirs, []string{"x", "close", "fail", "panic"},
					fdVariable+"=3", "AWS_LAMBDA_LOG_FORMAT="+format, "AWS_LAMBDA_LOG_LEVEL="+level)
				if out != "" {
					t.Errorf("printed %s", out)
				}
				theirs.Close()
				if level == "" {
					kind, got := frame(t, ours)
					if kind != 0xA55A0000|5<<2|2|text || !strings.Contains(got, `no\ntea`) {
						t.Errorf("%#x %s", kind, got)
					}
				}
				kind, got := frame(t, ours)
				if kind != 0xA55A0000|6<<2|2|text || !strings.Contains(got, "boom") ||
					!strings.Contains(got, "telemetry_linux_test.go") ||
					json.Valid([]byte(got)) != (text == 0) {
					t.Errorf("%#x %s", kind, got)
				}
				if rest, err := io.ReadAll(ours); len(rest) > 0 || err != nil {
					t.Errorf("then %q, %v", rest, err)
				}
			})
		}
	}
}

// To a socket go plain lines.
func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all := make(chan string)
	go func() {
		c, err := l.Accept()
		if err != nil {
			close(all)
			return
		}
		b, _ := io.ReadAll(c)
		all <- string(b)
	}()
	if out := function(t, nil, []string{"x", "fail", "panic"}, socketVariable+"="+path,
		fdVariable+"=0", "AWS_LAMBDA_LOG_FORMAT=JSON"); out != "" {
		t.Errorf("printed %s", out)
	}
	lines := strings.SplitAfter(<-all, "\n")
	if len(lines) != 3 || lines[2] != "" || !strings.Contains(lines[0], `"level":"ERROR"`) ||
		!strings.Contains(lines[1], `"level":"FATAL"`) || !json.Valid([]byte(lines[1])) {
		t.Errorf("came %q", lines)
	}
}

// What can't be opened, or written to, is said once, and standard error takes the records.
func TestFallback(t *testing.T) {
	ours, theirs := pair(t)
	ours.Close()
	readOnly, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	none := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		three *os.File
		env   string
		says  string // "" is nothing
	}{
		"nothing set":   {nil, "X=", ""},
		"no number":     {nil, fdVariable + "=x\x80", fdVariable + "=x\ufffd: not the number of"},
		"negative":      {nil, fdVariable + "=-1", "=-1: not the number of"},
		"large":         {nil, fdVariable + "=99999999999999999999", "=99999999999999999999: not"},
		"not open":      {nil, fdVariable + "=77", "=77: bad file descriptor"},
		"nobody reads":  {theirs, fdVariable + "=3", "broken pipe"},
		"read only":     {readOnly, fdVariable + "=3", "bad file descriptor"},
		"no socket":     {nil, socketVariable + "=" + none, none + ": no such file"},
		"socket's path": {nil, socketVariable + "=" + strings.Repeat("x", 200), "invalid argument"},
	} {
		t.Run(name, func(t *testing.T) {
			out := function(t, c.three, []string{"x", "fail", "fail", "panic"}, c.env)
			n := strings.Count(out, "minlambda: telemetry: ")
			if n > 1 || (n == 1) != (c.says != "") {
				t.Errorf("says so %d times: %s", n, out)
			}
			if !strings.Contains(out, c.says) || strings.Count(out, ` errorString: no\ntea`) != 2 ||
				strings.Count(out, " string: boom\n") != 1 {
				t.Errorf("printed %s", out)
			}
		})
	}
}

// Frames of several goroutines do not mix, whatever their size.
func TestManyWriters(t *testing.T) {
	const writers, each = 8, 50
	ours, theirs := pair(t)
	w := &Writer{file: theirs, framed: true}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range each {
				text := strings.Repeat(string(rune('a'+i)), n*500)
				if err := w.Message(minlambda.Level(i), i%2 == 0, text); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	seen := map[string]int{}
	for range writers * each {
		kind, text := frame(t, ours)
		if text == "" {
			continue
		}
		i := int(text[0] - 'a')
		level := uint32(i)
		if i < 1 || i > 6 {
			level = 3
		}
		want := uint32(0xA55A0000) | level<<2 | 2 | uint32(i%2)
		if kind != want || text != strings.Repeat(text[:1], len(text)) ||
			len(text) != (seen[text[:1]]+1)*500 {
			t.Errorf("%#x, %d bytes of %q; want %#x", kind, len(text), text[0], want)
		}
		seen[text[:1]]++
	}
	wg.Wait()
}
