// Package tidy has the rules of the house as tests: what the pages say exists,
// and what the code looks like. It is empty otherwise.
package tidy
