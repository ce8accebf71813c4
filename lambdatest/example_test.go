package lambdatest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/metadata"
)

// greet is the handler under test.
func greet(dst, event []byte) ([]byte, error) {
	if len(event) == 0 {
		return nil, errors.New("who is there?")
	}
	return fmt.Appendf(dst, "Hello, %s!", event), nil
}

// A handler is tested over a real socket in ten lines.
func Example() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{API: api.Addr(), Handler: greet}
	go loop.Run(ctx)

	got, err := api.Invoke(ctx, []byte("Ada"))
	fmt.Printf("%s, error %v, violations %q\n", got, err, api.Violations())
	// Output: Hello, Ada!, error <nil>, violations []
}

// Invoke returns a function error as its error.
func ExampleServer_Invoke() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{API: api.Addr(), Handler: greet}
	go loop.Run(ctx)

	_, err := api.Invoke(ctx, nil)
	var fault *lambdatest.FunctionError
	if errors.As(err, &fault) {
		fmt.Println(fault.Message)
	}
	// Output: who is there?
}

// An event can bring its own metadata, deadline and request ID, and arrive as awkwardly as TCP and
// HTTP allow: here in five chunks, one byte at a time.
func ExampleServer_Queue() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	loop := minlambda.Loop{API: api.Addr(), Invoke: func(inv *minlambda.Invocation) error {
		_, err := fmt.Fprintf(inv, "%s for %s", inv.Event(),
			inv.Header("Lambda-Runtime-Aws-Tenant-Id"))
		return err
	}}
	go loop.Run(ctx)

	pending := api.Queue(lambdatest.Event{
		Payload:   []byte("an awkward event"),
		RequestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
		Deadline:  time.Now().Add(3 * time.Second),
		Header:    http.Header{"Lambda-Runtime-Aws-Tenant-Id": {"blue"}},
		Chunks:    5,
		Trickle:   1,
	})
	result, err := pending.Wait(ctx)
	fmt.Printf("%s: %s, error %v\n", result.RequestID, result.Body, err)
	// Output: 8476a536-e9f4-11e8-9739-2dfe598c3fcd: an awkward event for blue, error <nil>
}

// The answer to a response can be scripted. Here the connection is reset instead of an answer, and
// the response counts as lost: a good runtime connects again and sends it once more.
func ExampleServer_Script() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	api.Script(lambdatest.Answer{Raw: []byte{}, Reset: true, Lost: true})
	loop := minlambda.Loop{API: api.Addr(), Handler: greet}
	go loop.Run(ctx)

	result, err := api.Queue(lambdatest.Event{Payload: []byte("Ada")}).Wait(ctx)
	fmt.Printf("%s, error %v, on connection %d\n", result.Body, err, result.ConnID)
	// Output: Hello, Ada!, error <nil>, on connection 2
}

// A stream can be read while it arrives, and says how it has ended.
func ExamplePending_Stream() {
	api := lambdatest.NewServer()
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	more := make(chan bool)
	loop := minlambda.Loop{API: api.Addr(), Invoke: func(inv *minlambda.Invocation) error {
		inv.WriteString("first")
		inv.Flush()
		<-more
		_, err := inv.WriteString("second")
		return err
	}}
	go loop.Run(ctx)

	stream := api.Queue(lambdatest.Event{}).Stream(ctx)
	chunk, err := stream.Chunk()
	fmt.Printf("%s %v\n", chunk, err)
	more <- true
	rest, err := io.ReadAll(stream)
	fmt.Printf("%s %v\n", rest, err)
	// Output:
	// first <nil>
	// second <nil>
}

// A function that registers as an extension of itself gets SIGTERM before it is killed: whoever
// ends it looks at who has registered.
func ExampleServer_Extensions() {
	api := lambdatest.NewServer()
	defer api.Close()

	// What the function does before it asks for its first event.
	url := "http://" + api.Addr() + "/2020-01-01/extension/register"
	register, err := http.NewRequest("POST", url, strings.NewReader(`{"events":[]}`))
	if err != nil {
		panic(err)
	}
	register.Header.Set("Lambda-Extension-Name", "flush")
	answer, err := http.DefaultClient.Do(register)
	if err != nil {
		panic(err)
	}
	answer.Body.Close()

	for _, e := range api.Extensions() {
		fmt.Printf("%s, events %q, violations %q\n", e.Name, e.Events, api.Violations())
	}
	// Output: flush, events [], violations []
}

// A function with SnapStart is started with AWS_LAMBDA_INITIALIZATION_TYPE=snap-start. Here a loop
// asks to be restored, and then for an event.
func ExampleServer_Restore() {
	os.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
	defer os.Unsetenv("AWS_LAMBDA_INITIALIZATION_TYPE")
	api := lambdatest.NewServer()
	api.SnapStart = true
	defer api.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	state := "started"
	loop := minlambda.Loop{API: api.Addr(), Handler: func(dst, event []byte) ([]byte, error) {
		return append(dst, state...), nil
	}}
	go func() {
		after := func() error { state = "restored"; return nil }
		if loop.SnapStart(ctx, nil, after) == nil {
			loop.Run(ctx)
		}
	}()

	<-api.Snapshot() // what was to be done before it is done
	api.Restore()
	got, err := api.Invoke(ctx, nil)
	fmt.Printf("%s, error %v, violations %q\n", got, err, api.Violations())
	// Output: restored, error <nil>, violations []
}

// The server is the metadata endpoint, too.
func ExampleServer_MetadataToken() {
	api := lambdatest.NewServer()
	defer api.Close()
	os.Setenv("AWS_LAMBDA_METADATA_API", api.Addr())
	os.Setenv("AWS_LAMBDA_METADATA_TOKEN", api.MetadataToken())
	api.SetZone("euc1-az2")

	zone, err := metadata.AvailabilityZoneID(context.Background())
	fmt.Printf("%s, error %v, violations %q\n", zone, err, api.Violations())
	// Output: euc1-az2, error <nil>, violations []
}
