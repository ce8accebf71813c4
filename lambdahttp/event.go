package lambdahttp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// An origin is the service that an event comes from. It decides what the path is, whether a
// response may be a stream, and what one looks like.
type origin uint8

const (
	functionURL   origin = iota // payload 2.0
	gatewayV2                   // payload 2.0 of API Gateway's HTTP API
	gatewayV1                   // payload 1.0 of API Gateway's HTTP API
	gatewayREST                 // API Gateway's REST API, whose payload is like 1.0
	balancer                    // an application load balancer
	balancerMulti               // the same, with multi-value headers switched on
)

// takesStreams reports whether the service can hand a response on as it comes. That it is
// configured for that is another matter, and not told.
func (o origin) takesStreams() bool { return o == functionURL || o == gatewayREST }

// decodes reports whether the path of an event is decoded. The HTTP API decodes it twice, as one
// sees by sending %2525.
func (o origin) decodes() bool { return o == gatewayV2 || o == gatewayV1 }

// isV2 reports whether events and responses have the payload's format 2.0.
func (o origin) isV2() bool { return o == functionURL || o == gatewayV2 }

// isBalancer reports whether it is a load balancer.
func (o origin) isBalancer() bool { return o == balancer || o == balancerMulti }

// An event is a request as the services put it into JSON. The field names of all of them are here;
// AWS documents them on the pages "Create AWS Lambda proxy integrations for HTTP APIs", "Input
// format of a Lambda function for proxy integration", "Invoking Lambda function URLs" and "Lambda
// functions as targets" of a load balancer.
type event struct {
	Version         string          `json:"version"`
	RequestContext  json.RawMessage `json:"requestContext"`
	Body            string          `json:"body"`
	IsBase64Encoded bool            `json:"isBase64Encoded"`

	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`

	// Payload 2.0.
	RawPath        string   `json:"rawPath"`
	RawQueryString string   `json:"rawQueryString"`
	Cookies        []string `json:"cookies"`

	// Payload 1.0 and load balancers.
	HTTPMethod      string              `json:"httpMethod"`
	Path            string              `json:"path"`
	Query           map[string]string   `json:"queryStringParameters"`
	MultiValueQuery map[string][]string `json:"multiValueQueryStringParameters"`

	parsed requestContext
	from   origin
}

// A requestContext is what the service says about the request.
type requestContext struct {
	ELB        *struct{} `json:"elb"`
	DomainName string    `json:"domainName"`
	Protocol   string    `json:"protocol"`
	HTTP       *struct {
		Method   string `json:"method"`
		Path     string `json:"path"`
		Protocol string `json:"protocol"`
		SourceIP string `json:"sourceIp"`
	} `json:"http"`
	Identity struct {
		SourceIP string `json:"sourceIp"`
	} `json:"identity"`
}

// An eventError is an event that is not a request. ErrorType is what its report says.
type eventError struct{ message string }

func (e *eventError) Error() string     { return "lambdahttp: event: " + e.message }
func (e *eventError) ErrorType() string { return "Function.InvalidEvent" }

// parseEvent reads an event. What it returns shares no memory with b.
func parseEvent(b []byte) (*event, error) {
	e := new(event)
	if err := json.Unmarshal(b, e); err != nil {
		return nil, &eventError{fmt.Sprintf("%s: %v", notRequest, err)}
	}
	if len(e.RequestContext) > 0 {
		if err := json.Unmarshal(e.RequestContext, &e.parsed); err != nil {
			return nil, &eventError{fmt.Sprintf("requestContext: %v", err)}
		}
	}
	switch c := &e.parsed; {
	case c.HTTP != nil && (e.Version == "2.0" || e.RawPath != ""):
		e.from = functionURL
		if c.DomainName != "" && !strings.Contains(c.DomainName, ".lambda-url.") {
			e.from = gatewayV2
		}
		e.HTTPMethod, e.Path = c.HTTP.Method, e.RawPath
		if e.Path == "" {
			e.Path = c.HTTP.Path
		}
	case c.ELB != nil && e.HTTPMethod != "":
		e.from = balancer
		if e.MultiValueHeaders != nil || e.MultiValueQuery != nil {
			e.from = balancerMulti
		}
	case e.HTTPMethod != "" && e.Version != "":
		e.from = gatewayV1
	case e.HTTPMethod != "":
		e.from = gatewayREST
	default:
		return nil, &eventError{notRequest + ": it has neither httpMethod nor requestContext.http"}
	}
	if !isToken(e.HTTPMethod) {
		return nil, &eventError{fmt.Sprintf("method is not a token: %.100q", e.HTTPMethod)}
	}
	return e, nil
}

const notRequest = "not a request of API Gateway, a function URL or a load balancer"

// body is the request's body.
func (e *event) body() ([]byte, error) {
	if !e.IsBase64Encoded {
		return []byte(e.Body), nil
	}
	b, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, &eventError{fmt.Sprintf("body: isBase64Encoded, but %v", err)}
	}
	return b, nil
}
