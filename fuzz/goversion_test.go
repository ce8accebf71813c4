package fuzz

import (
	"go/version"
	"runtime"
	"testing"
)

// goOfPages is the first Go whose net/http does what CASES.md and DIFFERENCES.md say. The library
// accepts older ones.
const goOfPages = "go1.24.2"

// oldHTTP has the cases that net/http read differently before goOfPages, which repaired its line
// ends in chunk sizes (CVE-2025-22871).
var oldHTTP = map[string]bool{
	"LF after the size":           true,
	"two CRs after the size":      true,
	"many chunks with long sizes": true,
}

// olderThan reports whether this program was built with a Go older than v. A Go without a number
// counts as the newest.
func olderThan(v string) bool {
	this := runtime.Version()
	return version.IsValid(this) && version.Compare(this, v) < 0
}

func TestOlderThan(t *testing.T) {
	if olderThan("go1.24") || !olderThan("go9.0") && version.IsValid(runtime.Version()) {
		t.Errorf("%s is older than go1.24: %v, than go9.0: %v",
			runtime.Version(), olderThan("go1.24"), olderThan("go9.0"))
	}
}
