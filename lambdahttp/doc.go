// Package lambdahttp serves an [http.Handler] behind function URLs, API Gateway's HTTP and REST
// APIs, and application load balancers. The event says which of them it comes from.
//
//	func main() {
//		mux := http.NewServeMux()
//		mux.HandleFunc("GET /greeting/{name}", greet)
//		lambdahttp.Run(mux)
//	}
//
// A handler sees what it would see behind net/http's own server, and what it writes arrives as it
// would from there; differential tests hold both. These differ, since Lambda or the service in
// front differs:
//
//   - The request has arrived whole: its body is in memory, and has at most 6 MB, or 1 MB from a
//     load balancer.
//   - The response is collected, and may have 6,291,556 bytes as the JSON in which Lambda takes it,
//     where a body that is not text grows by a third. A longer one is the function's error, and a
//     Write that would make it much longer says so. A load balancer takes 1 MB. A handler that
//     calls Flush, or that runs [WithStreaming], sends a stream, which has neither limit.
//   - Function URLs and REST APIs take streams only if they are configured for them:
//     [WithStreaming] says how, and [WithoutStreaming] is for those that are not. HTTP APIs and
//     load balancers take none: behind them Flush sends nothing, and the response leaves whole.
//   - A REST API decodes a body that is not text only if its binary media types (*/*, say) name it.
//     Text is what says so by its type (text/*, JSON, XML, JavaScript) and is UTF-8.
//   - Informational responses (103), trailers, hijacking and deadlines of the connection do not
//     exist. The header fields Connection and Transfer-Encoding are the service's own. Bytes of a
//     value that are not UTF-8 cannot be told in JSON, and become U+FFFD.
//   - Behind the HTTP API and function URLs, several fields of one name arrive, and leave, as one,
//     joined by commas; only cookies stay apart. [RFC 9110, section 5.2] says that they mean the
//     same. A load balancer without multi-value headers joins what leaves, and of several query
//     parameters of one name it passes on the last.
//   - The path is the one of the event. An HTTP API hands it over decoded, so that %2F in it cannot
//     be told from a slash, and with the name of its stage in front, unless that is $default; see
//     [http.StripPrefix]. The order of query parameters is told by payload 2.0 alone.
//   - A panic is reported with its stack, and ends the process, as Lambda's other handlers do, for
//     a fresh one. [http.ErrAbortHandler] fails the request, and ends nothing.
//
// What comes from others, such as a WebSocket API or VPC Lattice, is an error of the function.
//
// The package links net/http, though not its server, and a program has the size and the start of
// one that does: examples/http has 4.4 MB, and would have 6 MB with an [http.Client] or an
// [http.Server] in it. Where the size matters, answer the events yourself with package lambdajson:
// examples/url, in 1.9 MB, shows how.
//
// [RFC 9110, section 5.2]: https://www.rfc-editor.org/rfc/rfc9110.html#section-5.2
package lambdahttp
