// Package server plays the Runtime API for a benchmark, at next to no cost of its own: its answers
// are canned, its buffers fixed, nothing is allocated for an invocation, and on Linux its sockets
// are blocking ones, outside the netpoller. It frames events as Lambda's server does. It is not the
// fake for tests; that is package lambdatest. It knows one runtime at a time, which must do
// everything right, and checks just enough to notice when the runtime does not.
package server
