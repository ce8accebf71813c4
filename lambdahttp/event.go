package lambdahttp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// An origin is the service that an event comes from. It decides what a response looks like.
type origin uint8

const (
	gatewayV2     origin = iota // payload 2.0: a function URL, or API Gateway's HTTP API
	gatewayV1                   // payload 1.0: API Gateway's REST API, or its HTTP API
	balancer                    // an application load balancer
	balancerMulti               // the same, with multi-value headers switched on
)

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
		return nil, &eventError{fmt.Sprintf("not a request of API Gateway, a function URL or a load"+
			" balancer: %v", err)}
	}
	if len(e.RequestContext) > 0 {
		if err := json.Unmarshal(e.RequestContext, &e.parsed); err != nil {
			return nil, &eventError{fmt.Sprintf("requestContext: %v", err)}
		}
	}
	switch c := &e.parsed; {
	case c.HTTP != nil && (e.Version == "2.0" || e.RawPath != ""):
		e.from = gatewayV2
		e.HTTPMethod, e.Path = c.HTTP.Method, e.RawPath
		if e.Path == "" {
			e.Path = c.HTTP.Path
		}
	case c.ELB != nil && e.HTTPMethod != "":
		e.from = balancer
		if e.MultiValueHeaders != nil || e.MultiValueQuery != nil {
			e.from = balancerMulti
		}
	case e.HTTPMethod != "":
		e.from = gatewayV1
	default:
		return nil, &eventError{"not a request of API Gateway, a function URL or a load balancer: it" +
			" has neither httpMethod nor requestContext.http"}
	}
	return e, nil
}

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
