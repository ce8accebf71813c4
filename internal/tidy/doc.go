// Package tidy holds the rules of the house as tests: the pages name only what exists, and the code
// keeps to its form. It contains nothing else.
package tidy
