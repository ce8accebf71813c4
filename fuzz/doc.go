// Package fuzz holds the fuzz targets; there is nothing in it to import. Each
// target states its property in one sentence. Most hold us against another
// implementation: what we accept, it must read the same way. What we refuse
// and net/http accepts is in DIFFERENCES.md, and in TestDifferences.
//
// go test ./fuzz replays the seeds and takes a second. To search for more, one
// target at a time, since -fuzz takes no more:
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzHead$' -fuzztime 60s
//
// or fuzz/run for all of them in turn. What it finds is written to
// testdata/fuzz: mend it, and commit that file, or better a case in the table
// of the package at fault.
package fuzz
