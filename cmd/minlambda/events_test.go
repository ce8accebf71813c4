package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// writeFile writes a file with this name, and returns its path.
func writeFile(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// Every event of the command line is sent, in order, whichever flags it comes by.
func TestSeveralEvents(t *testing.T) {
	one := writeFile(t, "one.json", "{\n1}\n", 0o600)
	lines := writeFile(t, "lines", "[1]\r\n\n  \n{\"a\": 2}\n3", 0o600)
	o := tool(t, []byte("from standard input"), "invoke", "-d", "first", programs.bootstrap,
		"-e", one, "--events", lines,
		"-e", "-", "-d", "", "--data=-1", "-d=@"+one, "--event="+one, "-d", "last")
	o.expect(t, 0, "first\n"+"{\n1}\n"+"[1]\n{\"a\": 2}\n3\n"+"from standard input\n"+"\n"+"-1\n"+
		"{\n1}\n"+"{\n1}\n"+"last\n")
	starts := regexp.MustCompile("(?m)^"+startLine+"$").FindAllString(o.stderr, -1)
	if len(starts) != 11 {
		t.Errorf("%d START lines, want 11:\n%s", len(starts), o.stderr)
	}
	if inits := strings.Count(o.stderr, "Init Duration"); inits != 1 {
		t.Errorf("%d processes, want 1:\n%s", inits, o.stderr)
	}

	o = tool(t, []byte("[1]\n[2]\n"), "invoke", programs.bootstrap, "--events", "-")
	o.expect(t, 0, "[1]\n[2]\n")
	tool(t, []byte("[1]"), "invoke", programs.bootstrap, "--events", "-").expect(t, 0, "[1]\n")
}

// If an event fails, the next ones are still sent, and the failure is not counted against them: a
// process that ends, even after its response, gets a successor.
func TestEventsAfterFailures(t *testing.T) {
	o := behave(t, "as the event says", "--timeout", "10", "-d", "1", "-d", "fail", "-d", "2",
		"-d", "fail, then exit", "-d", "3", "-d", "exit", "-d", "4",
		"-d", "answer, then exit", "-d", "5")
	exited := regexp.MustCompile(`RequestId: (` + id + `) Error: `).FindStringSubmatch(o.stderr)
	if exited == nil {
		t.Fatalf("no failure in the log:\n%s", o.stderr)
	}
	o.expect(t, 1, strings.Join([]string{
		"1", `{"errorMessage":"no","errorType":"Function.No"}`,
		"2", `{"errorMessage":"panic","errorType":"Function.Panic"}`,
		"3", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + exited[1] +
			` Error: Runtime exited with error: exit status 3"}`,
		"4", "answer, then exit",
		"5", ""}, "\n"))
	if inits := strings.Count(o.stderr, "Init Duration"); inits != 4 {
		t.Errorf("%d processes, want 4:\n%s", inits, o.stderr)
	}
	if !strings.HasSuffix(o.stderr,
		"minlambda: invoke: 3 of 9 events failed, the first of them event 2 (-d)\n") {
		t.Errorf("standard error:\n%s", o.stderr)
	}
}

func TestEventsAfterTimeout(t *testing.T) {
	t.Parallel()
	lines := writeFile(t, "lines", "\"hang\"\n\"on\"\n", 0o600)
	o := behave(t, "as the event says", "--timeout", "3", "-d", "hang", "-d", "on",
		"--events", lines)
	const end = "Task timed out after 3.00 seconds\"}\non\n\"hang\"\n\"on\"\n"
	if o.code != 1 || !strings.HasSuffix(o.stdout, end) {
		t.Errorf("exit code %d, output %q, standard error:\n%s", o.code, o.stdout, o.stderr)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.25": time.Second / 4, "5s": 5 * time.Second,
		"1m30s": 90 * time.Second, "300ms": 300 * time.Millisecond,
		"0": 0, "-1": -time.Second, ".5": time.Second / 2, "1h": time.Hour, "+2": 2 * time.Second,
	} {
		t.Run(text, func(t *testing.T) {
			if got, err := parseDuration(text); got != want || err != nil {
				t.Errorf("%q is %s, %v; want %s", text, got, err, want)
			}
		})
	}
	for _, text := range []string{"", " ", "s", "5x", "1m30", "1e3", "0x10", "5 s", "1.2.3", "--5",
		"99999999999", "inf", "NaN", "∞"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
	behave(t, "", "-d", "{}", "--timeout", "60").expect(t, 0, "{}")
	behave(t, "", "-d", "{}", "--timeout=1m").expect(t, 0, "{}")
}
