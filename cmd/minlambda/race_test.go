//go:build race

package main

// raced is whether the programs that the tests run watch for races too.
const raced = true
