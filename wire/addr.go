package wire

import (
	"errors"

	"github.com/minlambda/minlambda/internal/ascii"
)

// The faults of an address.
var (
	ErrAddrEmpty  = errors.New("empty address")
	ErrAddrScheme = errors.New("scheme is not http")
	ErrAddrHost   = errors.New("host is not an IPv4 address, an [IPv6 address] or a host name")
	ErrAddrPort   = errors.New("port is not a number from 1 to 65535")
	ErrAddrPath   = errors.New("path has a character other than visible ASCII without ? and #")
	ErrAddrName   = errors.New("the hosts file has no address for the name," +
		" which is looked up nowhere else")
	ErrHostsSize = errors.New("the hosts file has 1 MiB or more")
)

// An Addr is the parsed address of a Runtime API: the value of AWS_LAMBDA_RUNTIME_API.
type Addr struct {
	host string // as in the Host header
	path string // base path, without a slash at the end
	name string // a name to look up, without a dot at the end
	port int
	ips  []ip // addresses to try in turn
}

// An ip is an IPv4 or, if six, IPv6 address in network order.
type ip struct {
	b   [16]byte
	six bool
}

// ParseAddr reads a host and a port as Lambda writes them, "127.0.0.1:9001". It also accepts what
// other servers use: http:// before the host, a base path after the port, an [IPv6] address,
// localhost or another name as the host, or no port, which means 80. A name other than localhost
// must be looked up before a connection is made: see Lookup. The error is one of this package's Err
// values.
func ParseAddr(s string) (a Addr, err error) {
	if s == "" {
		return a, ErrAddrEmpty
	}
	scheme, rest, ok := splitAt(s, ':')
	if ok && len(rest) >= 2 && rest[:2] == "//" {
		if !ascii.EqualFold([]byte(scheme), "http") {
			return a, ErrAddrScheme
		}
		s = rest[2:]
	}
	a.host, _, _ = splitAt(s, '/')
	a.path = s[len(a.host):]
	for len(a.path) > 0 && a.path[len(a.path)-1] == '/' {
		a.path = a.path[:len(a.path)-1]
	}
	for i := 0; i < len(a.path); i++ {
		if c := a.path[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' {
			return a, ErrAddrPath
		}
	}
	host, port := a.host, "80"
	// The colon before the port is the last one outside the brackets.
	for i := len(host) - 1; i >= 0 && host[i] != ']'; i-- {
		if host[i] == ':' {
			host, port = host[:i], host[i+1:]
			break
		}
	}
	if a.port, ok = plainDecimal(port, 65535); !ok || a.port == 0 {
		return a, ErrAddrPort
	}
	var addr ip
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		addr, ok = parseIP(host[1 : n-1])
		ok = ok && addr.six
	} else {
		addr, ok = parseIP(host)
		ok = ok && !addr.six
	}
	name := withoutDot(host)
	switch {
	case ok:
		a.ips = []ip{addr}
	case ascii.EqualFold([]byte(name), "localhost"):
		a.ips = []ip{{b: [16]byte{127, 0, 0, 1}}, {b: [16]byte{15: 1}, six: true}}
	case isName(name):
		a.name = name
	default:
		return a, ErrAddrHost
	}
	return a, nil
}

// parseIP reads an IPv4 or an IPv6 address.
func parseIP(s string) (addr ip, ok bool) {
	if _, _, addr.six = splitAt(s, ':'); addr.six {
		return addr, parseIPv6(s, &addr.b)
	}
	return addr, parseIPv4(s, addr.b[:4])
}

// parseIPv4 reads four decimal numbers.
func parseIPv4(s string, to []byte) bool {
	for i := range to {
		part, rest, more := splitAt(s, '.')
		n, ok := plainDecimal(part, 255)
		if !ok || more != (i < len(to)-1) {
			return false
		}
		to[i], s = byte(n), rest
	}
	return true
}

// parseIPv6 reads the text forms of RFC 4291 section 2.2: eight groups of up to four hex digits. ::
// stands for one or more groups of zeros, and the last two groups may be written as an IPv4
// address. A zone is refused.
func parseIPv6(s string, to *[16]byte) bool {
	n, gap := 0, -1 // bytes written; where :: was
	if len(s) >= 2 && s[:2] == "::" {
		gap, s = 0, s[2:]
	}
	for s != "" {
		if n == len(to) {
			return false
		}
		group, rest, more := splitAt(s, ':')
		if v, ok := hexGroup(group); ok {
			to[n], to[n+1] = byte(v>>8), byte(v)
			n += 2
		} else if !more && n <= 12 && parseIPv4(group, to[n:n+4]) {
			n += 4
		} else {
			return false
		}
		if s = rest; !more {
			break
		}
		if s == "" {
			return false // a single colon at the end
		}
		if s[0] == ':' {
			if gap >= 0 {
				return false
			}
			gap, s = n, s[1:]
		}
	}
	if gap < 0 {
		return n == len(to)
	}
	if n == len(to) {
		return false
	}
	tail := to[gap:n]
	copy(to[len(to)-len(tail):], tail)
	clear(to[gap : len(to)-len(tail)])
	return true
}

// splitAt divides s at the first c. If s has no c, before is all of s.
//
//go:noinline
func splitAt(s string, c byte) (before, after string, found bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == c {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// withoutDot returns a host's name without the dot that may be at its end.
func withoutDot(name string) string {
	if n := len(name); n > 0 && name[n-1] == '.' {
		return name[:n-1]
	}
	return name
}

// plainDecimal reads a decimal number of at most limit. It refuses leading zeros, which some read
// as octal.
//
//go:noinline
func plainDecimal(s string, limit int64) (int, bool) {
	n, ok := ascii.Decimal([]byte(s), limit)
	return int(n), ok && n >= 0 && (s[0] != '0' || len(s) == 1)
}

// hexGroup reads one to four hex digits.
func hexGroup(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		digit := ascii.Hex(s[i])
		if digit < 0 {
			return 0, false
		}
		n = n<<4 | digit
	}
	return n, 0 < len(s) && len(s) <= 4
}
