package parse

// The headers that the loop needs; all others are looked up on demand.
type headerName uint8

const (
	other headerName = iota
	connection
	contentLength
	transferEncoding
	requestID
	invocationID
)

// known recognises a header line by its name as the Runtime API writes it,
// and returns the name's length; 0 for any other line, which is then read by
// the book: name and fold. Comparing a whole name costs less than looking at
// its characters one by one, and those of a name that is known need no look.
func known(line []byte) (headerName, int) {
	const prefix = "Lambda-Runtime-"
	if len(line) > len(prefix) && string(line[:len(prefix)]) == prefix {
		switch rest := line[len(prefix):]; rest[0] {
		case 'A':
			if begins(rest, "Aws-Request-Id:") {
				return requestID, len("Lambda-Runtime-Aws-Request-Id")
			}
		case 'D':
			if begins(rest, "Deadline-Ms:") {
				return other, len("Lambda-Runtime-Deadline-Ms")
			}
		case 'I':
			if begins(rest, "Invoked-Function-Arn:") {
				return other, len("Lambda-Runtime-Invoked-Function-Arn")
			}
			if begins(rest, "Invocation-Id:") {
				return invocationID, len("Lambda-Runtime-Invocation-Id")
			}
		case 'T':
			if begins(rest, "Trace-Id:") {
				return other, len("Lambda-Runtime-Trace-Id")
			}
		case 'C':
			if begins(rest, "Client-Context:") {
				return other, len("Lambda-Runtime-Client-Context")
			}
			if begins(rest, "Cognito-Identity:") {
				return other, len("Lambda-Runtime-Cognito-Identity")
			}
		}
		return other, 0
	}
	if len(line) == 0 {
		return other, 0
	}
	switch line[0] {
	case 'C':
		if begins(line, "Content-Type:") {
			return other, len("Content-Type")
		}
		if begins(line, "Content-Length:") {
			return contentLength, len("Content-Length")
		}
	case 'D':
		if begins(line, "Date:") {
			return other, len("Date")
		}
	case 'T':
		if begins(line, "Transfer-Encoding:") {
			return transferEncoding, len("Transfer-Encoding")
		}
	}
	return other, 0
}

func begins(line []byte, with string) bool {
	return len(line) >= len(with) && string(line[:len(with)]) == with
}

// fold tells the five names apart by their length, then compares at most once,
// ignoring case (RFC 9110 section 5.1).
func fold(name []byte) headerName {
	which, want := other, ""
	switch len(name) {
	case len("Connection"):
		which, want = connection, "Connection"
	case len("Content-Length"):
		which, want = contentLength, "Content-Length"
	case len("Transfer-Encoding"):
		which, want = transferEncoding, "Transfer-Encoding"
	case len("Lambda-Runtime-Invocation-Id"):
		which, want = invocationID, "Lambda-Runtime-Invocation-Id"
	case len("Lambda-Runtime-Aws-Request-Id"):
		which, want = requestID, "Lambda-Runtime-Aws-Request-Id"
	}
	if which != other && equalFold(name, want) {
		return which
	}
	return other
}
