// Package tidy holds the rules of the house as tests, a file a rule: what may import what, what a
// program may weigh, what the pages say exists, and what the code looks like. It contains nothing
// else.
package tidy
