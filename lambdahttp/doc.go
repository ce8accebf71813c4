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
// would from there; differential tests hold both. These differ, since Lambda or the service in front
// differs:
//
//   - The request has arrived whole: its body is in memory, and has at most 6 MiB.
//   - The response is collected, and may have 6,291,556 bytes as the JSON in which Lambda takes it,
//     where a body that is not text grows by a third. A longer one is the function's error. A handler
//     that calls Flush, or that runs [WithStreaming], sends a stream, which has neither limit.
//   - Informational responses (103), trailers, hijacking and deadlines of the connection do not
//     exist. The header fields Connection and Transfer-Encoding are the service's own.
//   - Behind the HTTP API and function URLs, several fields of one name arrive, and leave, as one,
//     joined by commas; only cookies stay apart. [RFC 9110, section 5.2] says that they mean the same.
//   - A panic is reported with its stack, and ends the process, as Lambda's other handlers do, for a
//     fresh one. [http.ErrAbortHandler] fails the request, and ends nothing.
//
// The package links net/http, and so a program has the size and the start of one that does: about
// 6 MB. Allocations and time stay far below an adapter's on aws-lambda-go. Where the size matters,
// answer the events yourself with package lambdajson: examples/url shows how.
//
// [RFC 9110, section 5.2]: https://www.rfc-editor.org/rfc/rfc9110.html#section-5.2
package lambdahttp
