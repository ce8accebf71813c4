// Package fuzz holds the fuzz targets; it exports nothing. Each target states its property in one
// sentence. Most compare us with another implementation: it must read in the same way what we
// accept. DIFFERENCES.md lists what it accepts and we refuse, with a test for each row. CASES.md
// has the cases that other parsers of HTTP/1.1 test themselves with, and says what they do and what
// we do; TestCases runs that page.
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
// Package metadata has FuzzZone and FuzzMaxAge, of what it exports to nobody.
//
// go test ./fuzz replays the seeds and takes seconds. To search for more, one target at a time,
// since -fuzz takes only one:
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzHead$' -fuzztime 60s
//
// fuzz/run does it for all of them in turn. A failing input is written to testdata/fuzz: mend the
// fault, and commit that file, or better a case in the table of the package at fault. The other
// files there are inputs that a long search found to take a new way through the code.
package fuzz
