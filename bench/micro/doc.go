// Package micro measures the two things that the library does with an event's bytes, beside what
// others do with them: reading the message that brings the event, and reading the event itself as
// JSON; and the writing of a line of log. There is no process and no socket here, unlike in package
// bench.
//
//	go test -C bench -run '^$' -bench . ./micro
//	go test -C bench -run '^$' -bench 'Head/head=next$' -count 10 ./micro >head.txt
//	benchstat -col /parser head.txt
//	GOEXPERIMENT=jsonv2 go test -C bench -run '^$' -bench JSON ./micro
//	go test -C bench -run TestRatios -v ./micro -check
//
// A benchmark's name says what it is, key by key:
//
//   - BenchmarkHead/head=H/parser=P reads the head of one message. Floors are P=pass, one search
//     with bytes.IndexByte for a byte that does not occur, and P=pass-lines, the same from one
//     newline to the next. P=byteloop is the loop over bytes that one would write first.
//   - BenchmarkChunked/body=B/reader=R decodes a chunked body. R=copy only copies the bytes on the
//     wire, which all readers have to do; it is the floor.
//   - BenchmarkJSON/event=E/lib=L turns an event into a response: parse, pick some fields, write.
//     L=encoding-json-v2 exists if the toolchain has it, which so far takes GOEXPERIMENT=jsonv2.
//     That also changes encoding/json: it becomes the first version's interface over the second.
//   - BenchmarkLog/record=R/lib=L writes a line of log to the null device, with the invocation's
//     request ID but for L=slog, which is package slog's own handler. It is text, or JSON if
//     AWS_LAMBDA_LOG_FORMAT=JSON is set.
//
// Besides ns/op there is cpu-ns/op, where the system can tell: the processor time of the process,
// including its garbage collector. On a busy machine, look at this one.
//
// The tests hold all of them to the same results: a parser that does less would be faster for
// nothing. TestRatios prints how many times ours the others' cost is, and compares the parser with
// its budgets. For that all take turns of a few milliseconds, so that noise hits them alike. It
// takes a minute, and -check.
//
// parser_test.go, chunked_test.go, json_test.go and log_test.go are the benchmarks; structs_test.go
// and values_test.go are the handlers of the third.
package micro
