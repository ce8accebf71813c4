// Package lambdatest is a fake Lambda Runtime API on the loopback interface, for testing Lambda functions and
// runtimes over a real socket.
//
//	api := lambdatest.NewServer()
//	defer api.Close()
//	// start the function with AWS_LAMBDA_RUNTIME_API=api.Addr()
//	got, err := api.Invoke(ctx, []byte(`{"name":"Ada"}`))
//
// A [Server] hands the events of [Server.Queue] to whoever asks, in order, in the exact bytes that Lambda's own
// server sends, and judges what comes back as strictly as that server does: a wrong request ID is a 400, a second
// response a 403, a body over [MaxBody] a 413. What Lambda would let pass but no careful client
// sends (a header that is not a list, twice; a path that begins with two slashes) is answered and
// noted: a good test ends by asking that [Server.Violations] is empty.
//
// A streamed response arrives in whole with [Pending.Wait], or chunk by chunk with [Pending.Stream].
//
// A function may register as an extension of itself, which is what makes Lambda send it SIGTERM
// before it kills it. [Server.Extensions] says who has registered; whoever ends the process sends
// the signal.
//
// Faults are there on request: an [Event] or an [Answer] can consist of any bytes, trickle, come late, never come, and
// be followed by a closed or a reset connection.
//
// The package imports nothing but the standard library, and nothing of minlambda, so that it judges any runtime by
// the protocol alone. Open server.go first; judge.go has the rules.
package lambdatest
