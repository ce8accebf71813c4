// Command bootstrap is a Lambda function for the tests, written against the Runtime API alone.
// BEHAVIOUR says what it does with an event; by default it returns the event.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"
	behaviour := os.Getenv("BEHAVIOUR")
	switch behaviour {
	case "exit at start":
		os.Exit(4)
	case "fail at start":
		post(api+"init/error", []byte(`{"errorMessage":"no table","errorType":"Runtime.Init"}`))
		os.Exit(1)
	case "hang at start":
		hang()
	case "speak another protocol":
		post(api+"elsewhere", nil)
		os.Exit(5)
	}
	if strings.HasPrefix(behaviour, "SIGTERM") {
		terminate(behaviour)
	}
	for count := 1; ; count++ {
		next, err := http.Get(api + "invocation/next")
		if err != nil {
			os.Exit(9)
		}
		event, err := io.ReadAll(next.Body)
		if err != nil || next.StatusCode != http.StatusOK {
			os.Exit(9)
		}
		answer := api + "invocation/" + next.Header.Get("Lambda-Runtime-Aws-Request-Id") + "/"
		verb, response := "response", event
		doing := behaviour
		if doing == "as the event says" {
			doing = string(event)
		}
		if strings.HasPrefix(doing, "stream") {
			stream(answer+"response", event, doing)
			continue
		}
		switch doing {
		case "fail":
			verb, response = "error", []byte(`{"errorMessage":"no","errorType":"Function.No"}`)
		case "fail at the third":
			if count == 3 {
				verb, response = "error",
					[]byte(`{"errorMessage":"three","errorType":"Function.No"}`)
			}
		case "exit":
			os.Exit(3)
		case "exit quietly":
			os.Exit(0)
		case "fail, then exit":
			post(answer+"error", []byte(`{"errorMessage":"panic","errorType":"Function.Panic"}`))
			os.Exit(1)
		case "hang", "SIGTERM, extension, hang", "SIGTERM, extension, stubborn, hang":
			hang()
		case "print":
			fmt.Println("to standard output")
			fmt.Fprintln(os.Stderr, "to standard error")
		case "environment":
			response = environment()
		case "header":
			response, _ = json.Marshal(next.Header)
		case "too large":
			response = bytes.Repeat([]byte("x"), 6<<20+101)
		case "second answer elsewhere":
			post(api+"elsewhere", nil)
		case "answer, then exit":
			post(answer+verb, response)
			os.Exit(0)
		}
		post(answer+verb, response)
	}
}

// terminate prints that SIGTERM has arrived, and ends the process unless it is to be stubborn.
func terminate(behaviour string) {
	if !strings.Contains(behaviour, "no extension") {
		register()
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		fmt.Fprintln(os.Stderr, "SIGTERM")
		if !strings.Contains(behaviour, "stubborn") {
			os.Exit(0)
		}
	}()
}

// register registers an internal extension, as aws-lambda-go does for its SIGTERM option, and asks
// for an event that never comes. The function gets no event before it has asked.
func register() {
	header := http.Header{"Lambda-Extension-Name": {"GoLangEnableSIGTERM"}}
	headers := extension("POST", "register", `{"events":[]}`, header)
	go extension("GET", "event/next", "", http.Header{
		"Lambda-Extension-Identifier": {headers.Get("Lambda-Extension-Identifier")}})
}

func extension(method, verb, body string, header http.Header) (headers http.Header) {
	url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2020-01-01/extension/" + verb
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		os.Exit(9)
	}
	request.Header = header
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		os.Exit(9)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	return answer.Header
}

// hang prints the process ID, so that a test can see that the process ends.
func hang() {
	fmt.Fprintln(os.Stderr, "pid", os.Getpid())
	time.Sleep(time.Hour)
}

func environment() []byte {
	env := make(map[string]string)
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	env["working directory"], _ = os.Getwd()
	response, _ := json.Marshal(env)
	return response
}

func post(url string, body []byte) {
	answer, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		os.Exit(9)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

// stream sends the event ten times in a stream, and then does what behaviour says.
func stream(url string, event []byte, behaviour string) {
	body, chunks := io.Pipe()
	request, err := http.NewRequest("POST", url, body)
	if err != nil {
		os.Exit(9)
	}
	request.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
	const kind, report = "Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"
	request.Trailer = http.Header{kind: nil, report: nil}
	go func() {
		for range 10 {
			chunks.Write(event)
		}
		switch behaviour {
		case "stream, then exit":
			time.Sleep(10 * time.Millisecond)
			os.Exit(3)
		case "stream, then fail":
			request.Trailer.Set(kind, "Function.Late")
			request.Trailer.Set(report, base64.StdEncoding.EncodeToString(
				[]byte(`{"errorMessage":"late","errorType":"Function.Late"}`)))
		}
		chunks.Close()
	}()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		os.Exit(9)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}
