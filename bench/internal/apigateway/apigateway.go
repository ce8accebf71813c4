// Package apigateway is a handler over structs, as people write them for an API Gateway: it reads a
// request of a kilobyte, and answers with a small response.
package apigateway

import (
	"strconv"

	"github.com/minlambda/minlambda/bench/internal/echo"
)

// Event is a request as an HTTP API of API Gateway sends it, format 2.0, and Response is the
// response to it.
const (
	Event = `{"version":"2.0","routeKey":"POST /orders/{id}","rawPath":"/orders/4711",` +
		`"rawQueryString":"dry=false&lang=en",` +
		`"cookies":["session=8f14e45fceea167a5a36dedd4bea2543"],` +
		`"headers":{"accept":"application/json",` +
		`"accept-encoding":"gzip, deflate, br","content-length":"65",` +
		`"content-type":"application/json",` +
		`"host":"a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",` +
		`"user-agent":"shop/3.2 (linux; amd64)",` +
		`"x-amzn-trace-id":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",` +
		`"x-forwarded-for":"192.0.2.1",` +
		`"x-forwarded-port":"443","x-forwarded-proto":"https"},` +
		`"queryStringParameters":{"dry":"false","lang":"en"},` +
		`"requestContext":{"accountId":"012345678912","apiId":"a1b2c3d4e5",` +
		`"domainName":"a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",` +
		`"http":{"method":"POST","path":"/orders/4711","protocol":"HTTP/1.1",` +
		`"sourceIp":"192.0.2.1","userAgent":"shop/3.2 (linux; amd64)"},` +
		`"requestId":"JKJaXmPLvHcESHA=","stage":"$default","timeEpoch":1764015966000},` +
		`"pathParameters":{"id":"4711"},` +
		`"body":"{\"item\":\"teapot\",\"quantity\":2,\"note\":\"the blue one, please\"}",` +
		`"isBase64Encoded":false}`

	Response = `{"statusCode":200,"contentType":"application/json",` +
		`"body":"{\"order\":\"4711\",\"bytes\":60}"}`
)

// In is the request.
type In struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters"`
	PathParameters        map[string]string `json:"pathParameters"`
	RequestContext        Context           `json:"requestContext"`
	Body                  string            `json:"body"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

// Context is what API Gateway says of the request.
type Context struct {
	AccountID  string `json:"accountId"`
	APIID      string `json:"apiId"`
	DomainName string `json:"domainName"`
	RequestID  string `json:"requestId"`
	Stage      string `json:"stage"`
	TimeEpoch  int64  `json:"timeEpoch"`
	HTTP       HTTP   `json:"http"`
}

// HTTP is the request line, and where it came from.
type HTTP struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// Out is the response; the numbers are for echo.Stats.
type Out struct {
	StatusCode  int    `json:"statusCode,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Body        string `json:"body,omitempty"`
	Mallocs     uint64 `json:"mallocs,omitempty"`
	Bytes       uint64 `json:"bytes,omitempty"`
}

// Take answers a request. A request without a route is echo.Stats.
func Take(in *In) (out Out) {
	if in.RouteKey == "" {
		out.Mallocs, out.Bytes = echo.Allocated()
		return out
	}
	return Out{
		StatusCode:  200,
		ContentType: in.Headers["content-type"],
		Body: `{"order":"` + in.PathParameters["id"] + `",` +
			`"bytes":` + strconv.Itoa(len(in.Body)) + `}`,
	}
}
