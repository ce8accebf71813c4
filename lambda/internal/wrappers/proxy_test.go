package wrappers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	chiadapter "github.com/awslabs/aws-lambda-go-api-proxy/chi"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	echoadapter "github.com/awslabs/aws-lambda-go-api-proxy/echo"
	ginadapter "github.com/awslabs/aws-lambda-go-api-proxy/gin"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	minlambda "github.com/minlambda/minlambda/lambda"
)

// answer is what all routers answer.
func answer(w http.ResponseWriter, r *http.Request, name string) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "text/html")
	w.Header().Add("Set-Cookie", "a=b")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "<p>%s %s %s %q %q</p>", r.Method, r.URL.RequestURI(), name, r.Header["Cookie"],
		body)
}

func mux() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("/greeting/{name}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, r.PathValue("name"))
	})
	m.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("no tea") })
	return m
}

func chiRouter() *chi.Mux {
	c := chi.NewRouter()
	c.HandleFunc("/greeting/{name}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, chi.URLParam(r, "name"))
	})
	return c
}

func ginRouter() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.Any("/greeting/:name", func(c *gin.Context) { answer(c.Writer, c.Request, c.Param("name")) })
	return g
}

func echoRouter() *echo.Echo {
	e := echo.New()
	e.Any("/greeting/:name", func(c echo.Context) error {
		answer(c.Response(), c.Request(), c.Param("name"))
		return nil
	})
	return e
}

const (
	v1 = `{"resource":"/{proxy+}","path":%q,"httpMethod":%q,"headers":{"Host":"example.com",` +
		`"Cookie":"c=d"},"multiValueHeaders":{"Host":["example.com"],"Cookie":["c=d"]},` +
		`"queryStringParameters":{"q":"1"},"multiValueQueryStringParameters":{"q":["1"]},` +
		`"body":%q,"requestContext":{"stage":"prod","requestId":"r"}}`
	v2 = `{"version":"2.0","rawPath":%q,"rawQueryString":"q=1","cookies":["c=d"],"headers":` +
		`{"host":"example.com"},"requestContext":{"http":{"method":%q,"sourceIp":"192.0.2.1"},` +
		`"domainName":"example.com"},"body":%q}`
)

// aws-lambda-go-api-proxy's adapters are handlers of package lambda, and give what they give on
// aws-lambda-go, byte for byte.
func TestAPIProxy(t *testing.T) {
	for name, c := range map[string]struct {
		handler any
		event   string
	}{
		"httpadapter v1": {httpadapter.New(mux()).ProxyWithContext, v1},
		"httpadapter v2": {httpadapter.NewV2(mux()).ProxyWithContext, v2},
		"httpadapter no context": {httpadapter.New(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				about, ok := core.GetAPIGatewayContextFromContext(r.Context())
				fmt.Fprint(w, about.Stage, ok)
			})).Proxy, v1},
		"chi":     {chiadapter.New(chiRouter()).ProxyWithContext, v1},
		"chi v2":  {chiadapter.NewV2(chiRouter()).ProxyWithContextV2, v2},
		"gin":     {ginadapter.New(ginRouter()).ProxyWithContext, v1},
		"gin v2":  {ginadapter.NewV2(ginRouter()).ProxyWithContext, v2},
		"echo":    {echoadapter.New(echoRouter()).ProxyWithContext, v1},
		"echo v2": {echoadapter.NewV2(echoRouter()).ProxyWithContext, v2},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := minlambda.NewHandler(c.handler), awslambda.NewHandler(c.handler)
			found := 0
			for _, path := range []string{"/greeting/Ada", "/greeting/%3Cb%3E", "/nowhere", ""} {
				for _, method := range []string{"GET", "POST", "!"} {
					event := fmt.Appendf(nil, c.event, path, method, "a <body>")
					got, err := a.Invoke(context.Background(), event)
					want, wantErr := b.Invoke(context.Background(), event)
					if string(got) != string(want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Errorf("%s %s:\n ours   %s, %v\n theirs %s, %v", method, path,
							got, err, want, wantErr)
					}
					var response struct{ StatusCode int }
					json.Unmarshal(got, &response)
					if response.StatusCode == http.StatusCreated {
						found++
					}
				}
			}
			if found < 2 && name != "httpadapter no context" {
				t.Errorf("the handler was found %d times", found)
			}
		})
	}
}
