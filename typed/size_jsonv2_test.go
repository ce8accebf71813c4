//go:build go1.27 || goexperiment.jsonv2

package typed_test

// sizeLimit is the most bytes that a typed hello may have where encoding/json is the one over
// encoding/json/v2, which brings half a megabyte more.
const sizeLimit = 2_950_000
