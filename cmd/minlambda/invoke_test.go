package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestEcho(t *testing.T) {
	o := tool(t, nil, "invoke", programs.bootstrap, "-d", `{"name":"Ada"}`)
	o.expect(t, 0, `{"name":"Ada"}`)
	o.lines(t, startLine, endLine, reportLine+initField)
	if ids := regexp.MustCompile(id).FindAllString(o.stderr, -1); ids[0] != ids[1] ||
		ids[1] != ids[2] {
		t.Errorf("request IDs %q, want one and the same", ids)
	}
	if runtime.GOOS == "linux" && !strings.Contains(o.stderr, "Max Memory Used: ") {
		t.Errorf("no peak of the memory:\n%s", o.stderr)
	}
	if strings.Contains(o.stderr, "\x1b") || strings.Contains(o.stderr, "\r") {
		t.Errorf("a bar or colours without a terminal: %q", o.stderr)
	}
}

// Billed Duration is start-up and duration together, rounded up: custom runtimes have always been
// billed for both.
func TestBilledDuration(t *testing.T) {
	o := behave(t, "", "-d", "{}", "-n", "2", "-v")
	report := regexp.MustCompile(`\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms` +
		`(?:.*Init Duration: ([\d.]+) ms)?`)
	reports := report.FindAllStringSubmatch(o.stderr, -1)
	if len(reports) != 2 || reports[0][3] == "" {
		t.Fatalf("standard error:\n%s", o.stderr)
	}
	for i, report := range reports {
		total := 0.0
		for _, part := range []string{report[1], report[3]} {
			if part != "" {
				ms, err := strconv.ParseFloat(part, 64)
				if err != nil {
					t.Fatal(err)
				}
				total += ms
			}
		}
		billed, err := strconv.ParseFloat(report[2], 64)
		// The parts are rounded to hundredths, by up to 0.01 ms together.
		if err != nil || billed < total-0.01 || billed >= total+1.01 {
			t.Errorf("report %d bills %s ms for %.2f ms", i+1, report[2], total)
		}
	}
}

func TestEventSources(t *testing.T) {
	binary := make([]byte, 6<<20)
	for i := range binary {
		binary[i] = byte(i*7 ^ i>>9)
	}
	for name, event := range map[string]string{
		"empty":                "",
		"newline":              "\n",
		"NUL, CR and no UTF-8": "\x00\r\n\xff\xfe",
		"2048":                 string(binary[:2048]),
		"2049":                 string(binary[:2049]),
		"6 MiB":                string(binary),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "event")
			if err := os.WriteFile(file, []byte(event), 0o600); err != nil {
				t.Fatal(err)
			}
			tool(t, nil, "invoke", programs.bootstrap, "-e", file).expect(t, 0, event)
			tool(t, []byte(event), "invoke", programs.bootstrap, "-e", "-").expect(t, 0, event)
			for _, data := range []string{"@" + file, "file://" + file, "fileb://" + file} {
				tool(t, nil, "invoke", programs.bootstrap, "-d", data).expect(t, 0, event)
			}
			tool(t, []byte(event), "invoke", programs.bootstrap, "-d", "@-").expect(t, 0, event)
		})
	}
	for _, event := range []string{"", "-1", "--help", `"ö"`} {
		tool(t, nil, "invoke", programs.bootstrap, "--data="+event).expect(t, 0, event)
	}
	for _, event := range []string{"", "-1", "a=b"} {
		tool(t, nil, "invoke", programs.bootstrap, "-d", event).expect(t, 0, event)
	}
}

func TestFunctionOutput(t *testing.T) {
	o := behave(t, "print", "-d", "{}")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, "to standard output", "to standard error", endLine, reportLine+initField)
}

func TestFunctionError(t *testing.T) {
	o := behave(t, "fail", "-d", "{}")
	o.expect(t, 1, `{"errorMessage":"no","errorType":"Function.No"}`)
	o.lines(t, startLine, endLine, reportLine+initField)

	o = behave(t, "fail, then exit", "-d", "{}")
	o.expect(t, 1, `{"errorMessage":"panic","errorType":"Function.Panic"}`)
	o.lines(t, startLine, endLine, reportLine+initField)
}

func TestCrash(t *testing.T) {
	for behaviour, reason := range map[string]string{
		"exit":         "Runtime exited with error: exit status 3",
		"exit quietly": "Runtime exited without providing a reason",
	} {
		o := behave(t, behaviour, "-d", "{}")
		want := `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` +
			regexp.MustCompile(id).FindString(o.stderr) + ` Error: ` + reason + `"}`
		o.expect(t, 1, want)
		o.lines(t, startLine, `RequestId: `+id+` Error: `+reason, `Runtime\.ExitError`, endLine,
			reportLine+initField+`\tStatus: error\tError Type: Runtime\.ExitError`)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	o := behave(t, "hang", "-d", "{}", "--timeout", "3")
	request := regexp.MustCompile(`START RequestId: (\S+)`).FindStringSubmatch(o.stderr)
	if request == nil {
		t.Fatalf("no START line:\n%s", o.stderr)
	}
	o.expect(t, 1, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: `+request[1]+
		` Error: Task timed out after 3.00 seconds"}`)
	o.lines(t, startLine, `pid \d+`,
		`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z `+id+` Task timed out after 3\.00 seconds`,
		endLine, reportLine+initField+`\tStatus: timeout`)
}

// A user whose program never asks for an event is told where to look.
func TestFailuresToStart(t *testing.T) {
	t.Parallel()
	const never = `; it never connected to the Runtime API, whose address is in ` +
		`AWS_LAMBDA_RUNTIME_API: does its main function call minlambda\.Run, or lambda\.Start\? ` +
		`What it printed stands above`
	o := behave(t, "exit at start", "-d", "{}")
	o.expect(t, 1, "")
	o.lines(t, `minlambda: invoke: the function exited before it asked for an event: `+
		`Runtime exited with error: exit status 4`+never)

	o = behave(t, "fail at start", "-d", "{}")
	o.expect(t, 1, `{"errorMessage":"no table","errorType":"Runtime.Init"}`)
	o.lines(t, `minlambda: invoke: the function failed to start: Runtime\.Init: no table`)

	o = behave(t, "hang at start", "-d", "{}", "--timeout", "3000ms")
	o.expect(t, 1, "")
	o.lines(t, `pid \d+`,
		`minlambda: invoke: the function did not ask for an event within 3s`+never)

	o = behave(t, "speak another protocol", "-d", "{}")
	o.expect(t, 1, "")
	o.lines(t, `minlambda: invoke: the function broke the Runtime API's rules: .*404 Not Found`,
		`minlambda: invoke: the function exited before it asked for an event: `+
			`Runtime exited with error: exit status 5; it connected to the Runtime API, `+
			`and did not send GET /2018-06-01/runtime/invocation/next`)
}

func TestTooLarge(t *testing.T) {
	o := behave(t, "too large", "-d", "{}")
	o.expect(t, 1, `{"errorType":"Function.ResponseSizeTooLarge",`+
		`"errorMessage":"Response payload size exceeded `+
		`maximum allowed payload size (6291556 bytes)."}`)
}

func TestViolations(t *testing.T) {
	o := behave(t, "second answer elsewhere", "-d", "{}")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, endLine, reportLine+initField,
		`minlambda: invoke: the function broke the Runtime API's rules: connection \d+: `+
			`POST /2018-06-01/runtime/elsewhere: 404 Not Found`)
}

func TestRepeat(t *testing.T) {
	const summary = `SUMMARY Invocations: %\tMin: \d+\.\d\d ms\tMedian: \d+\.\d\d ms` +
		`\tP99: \d+\.\d\d ms\tMax: \d+\.\d\d ms` + memory + initField
	times := func(n string) string { return strings.Replace(summary, "%", n, 1) }

	o := behave(t, "", "-d", "{}", "-n", "200")
	o.expect(t, 0, "{}")
	o.lines(t, times("200"))

	o = behave(t, "", "-d", "{}", "-n", "2", "-v")
	o.expect(t, 0, "{}")
	o.lines(t, startLine, endLine, reportLine+initField, startLine, endLine, reportLine, times("2"))

	o = behave(t, "fail at the third", "-d", "{}", "-n", "5")
	o.expect(t, 1, `{"errorMessage":"three","errorType":"Function.No"}`)
	o.lines(t, startLine, endLine, reportLine, times("3"))
	ids := regexp.MustCompile(id).FindAllString(o.stderr, -1)
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("request IDs %q, want one and the same", ids)
	}

	o = behave(t, "", "-d", "1", "-d", "2", "-n", "3")
	o.expect(t, 0, "2")
	o.lines(t, times("6"))

	o = behave(t, "exit", "-d", "{}", "-n", "5")
	if o.code != 1 || !strings.Contains(o.stdout, "Runtime.ExitError") {
		t.Errorf("exit code %d, standard output %q", o.code, o.stdout)
	}
	o.lines(t, startLine, `RequestId: `+id+` Error: Runtime exited with error: exit status 3`,
		`Runtime\.ExitError`, endLine, reportLine+initField+
			`\tStatus: error\tError Type: Runtime\.ExitError`,
		times("1"))
}

func TestEnvironment(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-3")
	t.Setenv("AWS_EXECUTION_ENV", "AWS_Lambda_go1.x")
	t.Setenv("FROM_OUTSIDE", "yes")
	o := behave(t, "environment", "-d", "{}", "--memory", "512", "--env", "A=1,2=3", "--env",
		"TZ=Europe/Paris", "--env", "AWS_LAMBDA_RUNTIME_API=nowhere")
	var got map[string]string
	if err := json.Unmarshal([]byte(o.stdout), &got); err != nil {
		t.Fatalf("%v in %q\n%s", err, o.stdout, o.stderr)
	}
	name := filepath.Base(programs.bootstrap)
	root, err := filepath.EvalSymlinks(filepath.Dir(programs.bootstrap))
	if err != nil {
		t.Fatal(err)
	}
	if wd, err := filepath.EvalSymlinks(got["working directory"]); err != nil || wd != root {
		t.Errorf("working directory %q, want %q", wd, root)
	}
	for key, want := range map[string]string{
		"_HANDLER":                        "bootstrap",
		"AWS_REGION":                      "eu-west-3",
		"AWS_DEFAULT_REGION":              "eu-west-3",
		"AWS_LAMBDA_FUNCTION_NAME":        name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + name,
		"LAMBDA_TASK_ROOT":                filepath.Dir(programs.bootstrap),
		"TZ":                              "Europe/Paris",
		"A":                               "1,2=3",
		"FROM_OUTSIDE":                    "yes",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	if value, ok := got["AWS_EXECUTION_ENV"]; ok {
		t.Errorf("AWS_EXECUTION_ENV is %q: OS-only runtimes have none", value)
	}
	if !strings.HasPrefix(got["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:") {
		t.Errorf("AWS_LAMBDA_RUNTIME_API is %q", got["AWS_LAMBDA_RUNTIME_API"])
	}
	if !strings.Contains(o.stderr, "Memory Size: 512 MB") {
		t.Errorf("standard error:\n%s", o.stderr)
	}
}

func TestMetadata(t *testing.T) {
	o := behave(t, "header", "-d", "{}", "--trace-id", "Root=1-2-3", "--client-context",
		`{"a":"b,c"}`, "--tenant-id", "blue")
	var got map[string][]string
	if err := json.Unmarshal([]byte(o.stdout), &got); err != nil {
		t.Fatalf("%v in %q\n%s", err, o.stdout, o.stderr)
	}
	for name, want := range map[string]string{
		"Lambda-Runtime-Trace-Id":             "Root=1-2-3",
		"Lambda-Runtime-Client-Context":       `{"a":"b,c"}`,
		"Lambda-Runtime-Aws-Tenant-Id":        "blue",
		"Lambda-Runtime-Invoked-Function-Arn": arn(filepath.Base(programs.bootstrap)),
	} {
		if values := got[name]; len(values) != 1 || values[0] != want {
			t.Errorf("%s is %q, want %q", name, values, want)
		}
	}
}

// A stream is shown as its caller would have it: whole, or the error that ended it.
func TestStream(t *testing.T) {
	event := strings.Repeat("x", 1<<20)
	behave(t, "stream", "-d", event[:100]).expect(t, 0, strings.Repeat(event[:100], 10))
	file := filepath.Join(t.TempDir(), "event")
	if err := os.WriteFile(file, []byte(event), 0o600); err != nil {
		t.Fatal(err)
	}
	behave(t, "stream", "-e", file).expect(t, 0, strings.Repeat(event, 10))
	o := behave(t, "stream, then fail", "-d", "{}")
	o.expect(t, 1, `{"errorMessage":"late","errorType":"Function.Late"}`)
	o.lines(t, startLine, endLine, reportLine+initField)
	o = behave(t, "stream, then exit", "-d", "{}")
	if o.code != 1 || !strings.Contains(o.stdout, "Runtime.") {
		t.Errorf("code %d, %q", o.code, o.stdout)
	}
}
