package parse

import "github.com/minlambda/minlambda/internal/ascii"

// headerName names the headers that the loop needs. All others are looked up on demand.
type headerName uint8

const (
	unknown headerName = iota
	connection
	contentLength
	transferEncoding
	requestID
	invocationID
)

// knownField recognises a header line by its name, if the name is written as the Runtime API writes
// it, and returns the name's length. For any other line it returns 0; fieldName and fieldByLength
// then read that line. Comparing a whole name costs less than checking its characters one by one,
// and the characters of a known name need no check. The only Content-Type that Lambda sends counts
// as part of the name here, for the same reason.
//
// It compares at most sixteen bytes at a time, with constants: those compile to instructions,
// everything else to a call.
func knownField(line []byte) (headerName, int) {
	if len(line) < 18 {
		if len(line) > 5 && string(line[:5]) == "Date:" {
			return unknown, len("Date")
		}
		return unknown, 0
	}
	switch string(line[:8]) {
	case "Lambda-R":
		if len(line) < 36 {
			break
		}
		rest := (*[20]byte)(line[16:])
		switch string(line[8:16]) {
		case "untime-A":
			if string(rest[:14]) == "ws-Request-Id:" {
				return requestID, len("Lambda-Runtime-Aws-Request-Id")
			}
		case "untime-D":
			if string(rest[:11]) == "eadline-Ms:" {
				return unknown, len("Lambda-Runtime-Deadline-Ms")
			}
		case "untime-I":
			if string(rest[:16]) == "nvoked-Function-" && string(rest[16:20]) == "Arn:" {
				return unknown, len("Lambda-Runtime-Invoked-Function-Arn")
			}
			if string(rest[:13]) == "nvocation-Id:" {
				return invocationID, len("Lambda-Runtime-Invocation-Id")
			}
		case "untime-T":
			if string(rest[:8]) == "race-Id:" {
				return unknown, len("Lambda-Runtime-Trace-Id")
			}
		case "untime-C":
			if string(rest[:14]) == "lient-Context:" {
				return unknown, len("Lambda-Runtime-Client-Context")
			}
			if string(rest[:16]) == "ognito-Identity:" {
				return unknown, len("Lambda-Runtime-Cognito-Identity")
			}
		}
	case "Content-":
		if len(line) >= 30 && string(line[8:24]) == "Type: applicatio" &&
			string(line[24:30]) == "n/json" {
			return unknown, len("Content-Type: application/json")
		}
		if string(line[8:13]) == "Type:" {
			return unknown, len("Content-Type")
		}
		if string(line[8:15]) == "Length:" {
			return contentLength, len("Content-Length")
		}
	case "Transfer":
		if string(line[8:18]) == "-Encoding:" {
			return transferEncoding, len("Transfer-Encoding")
		}
	default:
		if string(line[:5]) == "Date:" {
			return unknown, len("Date")
		}
	}
	return unknown, 0
}

// fieldByLength tells the five names apart by their length, then compares at most once, ignoring
// case (RFC 9110 section 5.1).
func fieldByLength(name []byte) headerName {
	which, want := unknown, ""
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
	if which != unknown && ascii.EqualFold(name, want) {
		return which
	}
	return unknown
}
