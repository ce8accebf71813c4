package launch

import (
	"github.com/minlambda/minlambda/bench/internal/apigateway"
	"github.com/minlambda/minlambda/bench/internal/greeting"
	"github.com/minlambda/minlambda/bench/internal/orders"
	"github.com/minlambda/minlambda/bench/internal/server"
)

const norpc = "lambda.norpc" // as AWS recommends for custom runtimes

// The peers that echo. README.md explains them.
var (
	Ours       = &Peer{Name: "minlambda", dir: "echo/minlambda"}
	InSequence = &Peer{Name: "insequence", dir: "echo/insequence"}
	Net        = &Peer{Name: "net", dir: "echo/minlambda", tags: "minlambda_net"}
	AWS        = &Peer{Name: "awslambdago", dir: "echo/awslambdago", tags: norpc}
	AWSWithRPC = &Peer{Name: "awslambdago-rpc", dir: "echo/awslambdago"} // as go build makes it
	AWSTyped   = &Peer{
		Name: "awslambdago-typed",
		dir:  "echo/awslambdago-typed",
		tags: norpc,
		json: true,
	}
	Floor = &Peer{Name: "floor", dir: "echo/floor", linux: true}

	Echo = []*Peer{Ours, InSequence, Net, AWS, AWSTyped, Floor}

	// The floors for runtimes that rest between two events.
	Bare        = &Peer{Name: "bare", dir: "echo/bare", linux: true, small: true}
	C           = &Peer{Name: "c", dir: "echo/c", linux: true, small: true, c: true}
	CInSequence = &Peer{
		Name: "c-insequence", dir: "echo/c", tags: "IN_SEQUENCE", linux: true, small: true, c: true,
	}

	Sparse = []*Peer{Ours, Net, AWS, Floor, Bare, C, CInSequence}
)

// A Handler has the event of a handler other than echo, its response, and the peers that run it.
type Handler struct {
	Name            string
	event, response string
	Peers           []*Peer
}

// Event returns a new event for the handler.
func (h *Handler) Event() *server.Event {
	return server.NewExchange([]byte(h.event), []byte(h.response))
}

// Size returns the number of bytes of the event.
func (h *Handler) Size() int { return len(h.event) }

// OursJSON is this library with its fastjson layer.
var OursJSON = &Peer{Name: "minlambda", dir: "json/minlambda"}

// Those that take orders: over bytes, with nothing beside encoding/json, and typed, by packages
// typed and lambda.
var (
	OursBytes  = &Peer{Name: "minlambda", dir: "typed/minlambda"}
	OursTyped  = &Peer{Name: "minlambda-typed", dir: "typed/minlambda-typed"}
	OursLambda = &Peer{Name: "minlambda-lambda", dir: "typed/minlambda-lambda"}
	AWSOrders  = &Peer{Name: "awslambdago-typed", dir: "typed/awslambdago-typed", tags: norpc}
)

// Those that greet, typed: the same handler, by packages typed and lambda, and by aws-lambda-go.
var (
	GreetTyped  = &Peer{Name: "minlambda-typed", dir: "json/minlambda-typed"}
	GreetLambda = &Peer{Name: "minlambda-lambda", dir: "json/minlambda-lambda"}
	AWSGreet    = &Peer{Name: "awslambdago-typed", dir: "json/awslambdago-typed", tags: norpc}

	Typed = []*Peer{GreetTyped, GreetLambda, AWSGreet}
)

// Greeting is the handler that greets.
var Greeting = &Handler{
	Name: "json", event: greeting.Event, response: greeting.Response, Peers: []*Peer{
		OursJSON,
		GreetTyped,
		GreetLambda,
		{Name: "awslambdago", dir: "json/awslambdago", tags: norpc},
		AWSGreet,
	},
}

// Handlers are all handlers except echo.
var Handlers = []*Handler{
	Greeting,
	{Name: "typed", event: apigateway.Event, response: apigateway.Response, Peers: []*Peer{
		OursBytes,
		OursTyped,
		OursLambda,
		AWSOrders,
	}},
}

// Streams send as many bytes as the event says, while they make them.
var Streams = []*Peer{
	{Name: "minlambda", dir: "stream/minlambda"},
	{Name: "awslambdago", dir: "stream/awslambdago", tags: norpc},
}

// HTTP takes orders with an http.Handler, over package lambdahttp and over aws-lambda-go-api-proxy.
var HTTP = &Handler{
	Name: "http", event: apigateway.Event, response: orders.Response,
	Peers: []*Peer{
		{Name: "minlambda", dir: "http/minlambda"},
		{Name: "awslambdago", dir: "http/awslambdago", tags: norpc},
	},
}

// Linked returns functions of the same kind, ours first: "hello", "http", which calls a web server,
// or "sdk", which calls S3 with AWS's SDK.
func Linked(kind string) []*Peer {
	ours, aws := "linked/"+kind+"/minlambda", "linked/"+kind+"/awslambdago"
	return []*Peer{
		{Name: Ours.Name, dir: ours},
		{Name: AWS.Name, dir: aws, tags: norpc},
		{Name: AWSWithRPC.Name, dir: aws},
	}
}

var (
	// Loops echoes with one loop for each of its servers.
	Loops = &Peer{Name: "loops", dir: "loops"}

	// Concurrent echoes with several loops that share a server, as AWS does under the same
	// variable.
	Concurrent = &Peer{Name: "minlambda", dir: "concurrent/minlambda"}

	// After is Ours with a function after each invocation.
	After = &Peer{Name: "after", dir: "echo/after"}

	// Shutdown is Ours with an extension.
	Shutdown = &Peer{Name: "shutdown", dir: "echo/shutdown"}

	// Empty has no server, and ends at once.
	Empty = &Peer{Name: "empty", dir: "empty"}
)
