// Package lambdatest is a fake Lambda Runtime API on the loopback interface, for testing Lambda
// functions and runtimes over a real socket.
//
//	api := lambdatest.NewServer()
//	defer api.Close()
//	// start the function with AWS_LAMBDA_RUNTIME_API=api.Addr()
//	got, err := api.Invoke(ctx, []byte(`{"name":"Ada"}`))
//
// A [Server] hands the events of [Server.Queue] to whoever asks, in order, in the exact bytes that
// Lambda's own server sends. It judges what comes back as strictly as that server does: a wrong
// request ID is a 400, a second response a 403, a body over [MaxBody] a 413. It also answers, but
// notes, what Lambda accepts and no careful client sends: a header twice that is not a list, or a
// path that begins with two slashes. A good test ends by checking that [Server.Violations] is
// empty.
//
// A streamed response arrives in whole with [Pending.Wait], or chunk by chunk with [Pending.Stream].
//
// A function may register as an extension of itself; Lambda then sends it SIGTERM before it kills
// it. [Server.Extensions] says who has registered; the test that ends the process sends the signal.
//
// On Lambda Managed Instances a function serves several events at once. The server hands events to
// as many connections as ask, in the order of their asking: [Server.Waiting] says how many wait. An
// [Event] may have an InvocationID that its response must repeat (410), may end at its deadline
// whatever the function does (Expires, 410), and has Answers of its own, since with several at once
// nobody knows whose POST comes first. [Server.Concurrent] is for runtimes whose loops share their
// connections, as those over a pool of them do.
//
// With [Server.SnapStart] set, the server plays the snapshot of a function's process, and its
// restore: see [Server.Restore]. It is the metadata endpoint, too: see [Server.MetadataToken].
//
// Faults come on request: an [Event] or an [Answer] can consist of any bytes, trickle, come late,
// never come, and be followed by a closed or a reset connection.
//
// The package imports only the standard library, and nothing of minlambda, so that it judges any
// runtime by the protocol alone. Open server.go first; judge.go has the rules.
package lambdatest
