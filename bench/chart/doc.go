// Package chart makes pictures and Markdown tables of what a run has found:
// the same results give the same bytes, always. What was not measured is left
// out of them.
//
// Pictures are in pictures.go, tables in tables.go, and what a user gains in
// gains.go. Everything is a function of results.Results; nothing is read or
// written here.
package chart
