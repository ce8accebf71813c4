package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

func (s *session) logStart(requestID string) {
	fmt.Fprintf(s.log, "START RequestId: %s Version: $LATEST\n", requestID)
}

// logEnd writes what Lambda's log says at the end of an invocation.
func (s *session) logEnd(requestID string, end ending) {
	switch end.status {
	case "timeout":
		fmt.Fprintf(s.log, "%s %s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
			requestID, end.message)
	case "error":
		fmt.Fprintf(s.log, "RequestId: %s Error: %s\n%s\n", requestID, end.message, end.kind)
	}
	fmt.Fprintf(s.log, "END RequestId: %s\n", requestID)

	billed := end.duration
	if s.first() {
		billed += s.start // a custom runtime's start-up has always been billed
	}
	fields := []string{
		"REPORT RequestId: " + requestID,
		"Duration: " + milliseconds(end.duration),
		fmt.Sprintf("Billed Duration: %d ms", (billed+time.Millisecond-1)/time.Millisecond),
		fmt.Sprintf("Memory Size: %d MB", s.options.Memory),
	}
	fields = s.appendMemory(fields)
	if s.first() {
		fields = append(fields, "Init Duration: "+milliseconds(s.start))
	}
	if end.status != "" {
		fields = append(fields, "Status: "+end.status)
	}
	if end.status == "error" {
		fields = append(fields, "Error Type: "+end.kind)
	}
	fmt.Fprintln(s.log, strings.Join(fields, "\t"))
}

// first reports whether the invocation that has just ended was the first.
func (s *session) first() bool { return len(s.times) == 1 }

// appendMemory appends the field for the peak of the memory, rounded up, unless the peak is not
// known.
func (s *session) appendMemory(fields []string) []string {
	if s.peak == 0 {
		return fields
	}
	return append(fields, fmt.Sprintf("Max Memory Used: %d MB", (s.peak+1<<20-1)>>20))
}

// summarize writes one line about all invocations.
func (s *session) summarize() {
	n := len(s.times)
	if n == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(s.times))
	fields := []string{
		fmt.Sprintf("SUMMARY Invocations: %d", n),
		"Min: " + milliseconds(sorted[0]),
		"Median: " + milliseconds(quantile(sorted, 50)),
		"P99: " + milliseconds(quantile(sorted, 99)),
		"Max: " + milliseconds(sorted[n-1]),
	}
	fields = s.appendMemory(fields)
	fmt.Fprintln(s.log, strings.Join(append(fields, "Init Duration: "+milliseconds(s.start)), "\t"))
}

// quantile returns the smallest value that percent of all values do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[(len(sorted)*percent+99)/100-1]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// show writes a response to standard output: exactly its bytes, so that it can be piped. It adds a
// newline only where a shell's prompt would follow on the same line, or if there are several
// responses.
func show(out *os.File, response []byte, several bool) error {
	open := len(response) == 0 || response[len(response)-1] != '\n'
	if open && (several || len(response) > 0 && term.IsTerminal(int(out.Fd()))) {
		response = append(slices.Clip(response), '\n')
	}
	if _, err := out.Write(response); err != nil {
		return fmt.Errorf("response: %w", err)
	}
	return nil
}
