// Package micro measures the two things that the library does with an event's
// bytes, each beside what others do it with: reading the response that the
// event comes in, and reading the event itself as JSON; and the writing of a line
// of log. There is no process here, as there is in package bench.
//
//	go test -C bench -run '^$' -bench . ./micro
//	go test -C bench -run '^$' -bench 'Head/head=next$' -count 10 ./micro >head.txt
//	benchstat -col /parser head.txt
//	GOEXPERIMENT=jsonv2 go test -C bench -run '^$' -bench JSON ./micro
//	go test -C bench -run TestRatios -v ./micro -check
//
// A benchmark's name says what it is, key by key:
//
//   - BenchmarkHead/head=H/parser=P reads the head of one response. Floors are
//     P=pass, one look with bytes.IndexByte for a byte that isn't there, and
//     P=pass-lines, the same from one newline to the next. P=byteloop is the
//     loop over bytes that one would write first.
//   - BenchmarkChunked/body=B/reader=R takes a chunked body apart. R=copy only
//     copies what is on the wire, which all readers have to do; it is the floor.
//   - BenchmarkJSON/event=E/lib=L is an event turned into an answer: parse, pick
//     some fields out, write. L=encoding-json-v2 is there where the toolchain
//     has it, which up to now takes GOEXPERIMENT=jsonv2. That makes encoding/json
//     another one too: the first version's interface over the second.
//   - BenchmarkLog/record=R/lib=L writes a line of log to the null device, with
//     the invocation's request ID but for L=slog, which is package slog's own
//     handler. It is text, or JSON if AWS_LAMBDA_LOG_FORMAT=JSON is set.
//
// Beside ns/op there is cpu-ns/op, where the system can tell: the processor time
// of the process, its garbage collector's included. On a busy machine it is the
// one to look at.
//
// The tests hold all of them to the same results: who does less would be faster
// for nothing. TestRatios prints how many times the others' cost is ours, and
// holds the parser against its budgets. All take turns of a few milliseconds
// for that, so that noise hits them alike. It takes a minute, and -check.
//
// parser_test.go, chunked_test.go, json_test.go and log_test.go are the benchmarks;
// structs_test.go and values_test.go are the handlers of the third.
package micro
