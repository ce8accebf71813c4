package routers

import (
	"fmt"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
)

// apps are the same small application, each by a router of its own and in its own way.
var apps = map[string]func() http.Handler{"mux": mux, "chi": chiApp, "gin": ginApp, "echo": echoApp}

// appRequests are what a client asks the applications.
var appRequests = map[string]string{
	"greeting": "GET /greeting/Ada?loud=1&loud=2 HTTP/1.1\r\nHost: a\r\n\r\n",
	"encoded":  "GET /greeting/%C3%84da%20L?loud=%C3%BC%26 HTTP/1.1\r\nHost: a\r\n\r\n",
	"slash":    "GET /greeting/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n",
	"post": "POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
		"Content-Length: 15\r\n\r\n{\"name\":\"cup\"}\n",
	"badjson": "POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
		"Content-Length: 3\r\n\r\n{]}",
	"form": "POST /form HTTP/1.1\r\nHost: a\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\nname=a+b%26",
	"files":      "GET /files/a/b/c.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"cookie":     "GET /visits HTTP/1.1\r\nHost: a\r\nCookie: visits=4; theme=dark\r\n\r\n",
	"binary":     "GET /binary HTTP/1.1\r\nHost: a\r\n\r\n",
	"head":       "HEAD /binary HTTP/1.1\r\nHost: a\r\n\r\n",
	"redirect":   "GET /old HTTP/1.1\r\nHost: a\r\n\r\n",
	"panic":      "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n",
	"events":     "GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n",
	"notfound":   "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
	"notallowed": "DELETE /things HTTP/1.1\r\nHost: a\r\n\r\n",
	"trailing":   "GET /visits/ HTTP/1.1\r\nHost: a\r\n\r\n",
}

type thing struct {
	Name string `json:"name"`
}

var binary = []byte{0, 1, 0xfe, 0xff}

// tagged sets a field on every response.
func tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-App", "tea")
		next.ServeHTTP(w, r)
	})
}

// visits answers with the number of them, which it keeps in a cookie.
func visits(w http.ResponseWriter, r *http.Request) {
	n := 0
	if c, err := r.Cookie("visits"); err == nil {
		fmt.Sscan(c.Value, &n)
	}
	http.SetCookie(w, &http.Cookie{Name: "visits", Value: fmt.Sprint(n + 1), HttpOnly: true})
	http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
	fmt.Fprintf(w, "visit %d", n+1)
}

// create makes a thing of JSON.
func create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) < 5 {
		http.Error(w, "no thing", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	w.Write(body)
}

// sendEvents sends three of them.
func sendEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for i := range 3 {
		fmt.Fprintf(w, "data: %d\n\n", i)
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
	}
}

func mux() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /greeting/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s! %q", r.PathValue("name"), r.URL.Query()["loud"])
	})
	m.HandleFunc("POST /things", create)
	m.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.PostFormValue("name"))
	})
	m.HandleFunc("GET /files/{path...}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.PathValue("path"))
	})
	m.HandleFunc("GET /visits", visits)
	m.HandleFunc("GET /binary", func(w http.ResponseWriter, r *http.Request) { w.Write(binary) })
	m.Handle("GET /old", http.RedirectHandler("/visits", http.StatusMovedPermanently))
	m.HandleFunc("GET /panic", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "sorry", 500)
			}
		}()
		panic("no tea")
	})
	m.HandleFunc("GET /events", sendEvents)
	return tagged(m)
}

func chiApp() http.Handler {
	r := chi.NewRouter()
	r.Use(tagged, middleware.StripSlashes, middleware.Compress(5))
	r.Get("/greeting/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s! %q", chi.URLParam(r, "name"), r.URL.Query()["loud"])
	})
	r.Post("/things", create)
	r.Post("/form", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.PostFormValue("name"))
	})
	r.Route("/files", func(r chi.Router) {
		r.Get("/*", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, chi.URLParam(r, "*"))
		})
	})
	r.Get("/visits", visits)
	r.Get("/binary", func(w http.ResponseWriter, r *http.Request) { w.Write(binary) })
	r.Get("/old", http.RedirectHandler("/visits", http.StatusFound).ServeHTTP)
	r.With(middleware.NoCache).Get("/panic", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "sorry", 500)
			}
		}()
		panic("no tea")
	})
	r.Get("/events", sendEvents)
	return r
}

func ginApp() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, err any) {
		c.String(http.StatusInternalServerError, "sorry: %v", err)
	}))
	e.Use(func(c *gin.Context) { c.Header("X-App", "tea") })
	e.GET("/greeting/:name", func(c *gin.Context) {
		c.String(http.StatusOK, "Hello, %s! %q", c.Param("name"), c.QueryArray("loud"))
	})
	e.POST("/things", func(c *gin.Context) {
		var t thing
		if err := c.BindJSON(&t); err != nil {
			return
		}
		c.JSON(http.StatusCreated, t)
	})
	e.POST("/form", func(c *gin.Context) { c.String(http.StatusOK, c.PostForm("name")) })
	e.GET("/files/*path", func(c *gin.Context) { c.String(http.StatusOK, c.Param("path")) })
	e.GET("/visits", func(c *gin.Context) { visits(c.Writer, c.Request) })
	e.GET("/binary", func(c *gin.Context) { c.Data(http.StatusOK, "application/x-tea", binary) })
	e.HEAD("/binary", func(c *gin.Context) { c.Data(http.StatusOK, "application/x-tea", binary) })
	e.GET("/old", func(c *gin.Context) { c.Redirect(http.StatusFound, "/visits") })
	e.GET("/panic", func(c *gin.Context) { panic("no tea") })
	e.GET("/events", func(c *gin.Context) {
		n := 0
		c.Stream(func(w io.Writer) bool { // it asks for a CloseNotifier
			c.SSEvent("message", n)
			n++
			return n < 3
		})
	})
	return e
}

func echoApp() http.Handler {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Pre(echomiddleware.RemoveTrailingSlash())
	e.Use(echomiddleware.Recover(), echomiddleware.Secure(), echo.WrapMiddleware(tagged))
	e.GET("/greeting/:name", func(c echo.Context) error {
		return c.String(200, fmt.Sprintf("Hello, %s! %q", c.Param("name"), c.QueryParams()["loud"]))
	})
	e.POST("/things", func(c echo.Context) error {
		var t thing
		if err := c.Bind(&t); err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, t)
	})
	e.POST("/form", func(c echo.Context) error { return c.String(200, c.FormValue("name")) })
	e.GET("/files/*", func(c echo.Context) error { return c.String(200, c.Param("*")) })
	e.GET("/visits", echo.WrapHandler(http.HandlerFunc(visits)))
	e.GET("/binary", func(c echo.Context) error { return c.Blob(200, "image/x-tea", binary) })
	e.GET("/old", func(c echo.Context) error { return c.Redirect(http.StatusFound, "/visits") })
	e.GET("/panic", func(c echo.Context) error { panic("no tea") })
	e.GET("/events", func(c echo.Context) error {
		c.Response().Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(c.Response(), "data: %d\n\n", i)
			c.Response().Flush()
		}
		return nil
	})
	return e
}
