// Package fuzz holds the fuzz targets; there is nothing in it to import. Each
// target states its property in one sentence. Most hold us against another
// implementation: what we accept, it must read the same way. What we refuse
// and it accepts is in DIFFERENCES.md, with a test for each row. CASES.md has
// the cases that other parsers of HTTP/1.1 test themselves with, what they do
// and what we do, and is itself what TestCases runs.
//
//	FuzzHead, FuzzChunks, FuzzField   package parse, against net/http
//	FuzzAddr                          an address, against net/netip
//	FuzzConversation                  a server's bytes, through a Loop over a socket
//	FuzzRequest                       our requests, read by net/http's server
//	FuzzStream, FuzzStreamAnswer      what a handler streams, read by net/http, and what is said to it
//	FuzzASCII                         quotes, numbers and case, against the standard library
//	FuzzErrorJSON                     our error reports, read by encoding/json
//	FuzzJSON                          package lambdajson, against encoding/json
//
// go test ./fuzz replays the seeds and takes seconds. To search for more, one
// target at a time, since -fuzz takes no more:
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzHead$' -fuzztime 60s
//
// or fuzz/run for all of them in turn. What it finds is written to
// testdata/fuzz: mend it, and commit that file, or better a case in the table
// of the package at fault. The other files there are what a long search has
// found to take a new way through the code.
package fuzz
