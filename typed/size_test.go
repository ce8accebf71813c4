//go:build !go1.27 && !goexperiment.jsonv2

package typed_test

// sizeLimit is the most bytes that a typed hello may have.
const sizeLimit = 2_400_000
