package wire

import (
	"errors"
	"strings"

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

// An Addr is where a Runtime API is: the value of AWS_LAMBDA_RUNTIME_API.
type Addr struct {
	host string // as in the Host header
	path string // base path, without a slash at its end
	name string // to be looked up; without a dot at its end
	port int
	ips  []ip // to be tried in turn
}

// An ip is an IPv4 or, if six, IPv6 address in network order.
type ip struct {
	b   [16]byte
	six bool
}

// ParseAddr reads a host and port as Lambda writes it, "127.0.0.1:9001", and
// as other servers do: with http:// before it, a base path after it, an [IPv6]
// address, localhost or another name as the host, or without a port, which
// means 80. Another name must be looked up before it is connected to: see
// Lookup. The error is one of this package's Err values.
func ParseAddr(s string) (Addr, error) {
	var a Addr
	if s == "" {
		return a, ErrAddrEmpty
	}
	if i := strings.IndexByte(s, ':'); i >= 0 && strings.HasPrefix(s[i:], "://") {
		if !ascii.EqualFold([]byte(s[:i]), "http") {
			return a, ErrAddrScheme
		}
		s = s[i+len("://"):]
	}
	if i := strings.IndexByte(s, '/'); i >= 0 {
		s, a.path = s[:i], s[i:]
	}
	for strings.HasSuffix(a.path, "/") {
		a.path = a.path[:len(a.path)-1]
	}
	for i := 0; i < len(a.path); i++ {
		if c := a.path[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' {
			return a, ErrAddrPath
		}
	}
	a.host = s
	host, port := s, "80"
	// The colon before the port is the last one, unless it is within brackets.
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, port = s[:i], s[i+1:]
	}
	var ok bool
	if a.port, ok = number(port, 65535); !ok || a.port == 0 {
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
	name := strings.TrimSuffix(host, ".")
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

// parseIP reads an address of either kind.
func parseIP(s string) (addr ip, ok bool) {
	if strings.IndexByte(s, ':') >= 0 {
		addr.six = true
		return addr, parseIPv6(s, &addr.b)
	}
	return addr, parseIPv4(s, addr.b[:4])
}

// parseIPv4 reads four decimal numbers.
func parseIPv4(s string, to []byte) bool {
	for i := range to {
		part := s
		if i < len(to)-1 {
			dot := strings.IndexByte(s, '.')
			if dot < 0 {
				return false
			}
			part, s = s[:dot], s[dot+1:]
		}
		n, ok := number(part, 255)
		if !ok {
			return false
		}
		to[i] = byte(n)
	}
	return true
}

// parseIPv6 reads the text forms of RFC 4291 section 2.2: eight groups of up
// to four hex digits, of which :: stands for one or more zero groups, and the
// last two may be written as an IPv4 address. A zone is refused.
func parseIPv6(s string, to *[16]byte) bool {
	n, gap := 0, -1 // bytes written; where :: was
	if strings.HasPrefix(s, "::") {
		gap, s = 0, s[2:]
	}
	for s != "" {
		if n == len(to) {
			return false
		}
		colon := strings.IndexByte(s, ':')
		if colon < 0 && strings.IndexByte(s, '.') >= 0 {
			if n > 12 || !parseIPv4(s, to[n:n+4]) {
				return false
			}
			n += 4
			break
		}
		group := s
		if colon >= 0 {
			group, s = s[:colon], s[colon+1:]
		} else {
			s = ""
		}
		v, ok := hexadecimal(group)
		if !ok {
			return false
		}
		to[n], to[n+1] = byte(v>>8), byte(v)
		n += 2
		if colon < 0 {
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

// number reads a decimal number, at most limit, without leading zeros: some read
// those as octal.
func number(s string, limit int64) (int, bool) {
	n, ok := ascii.Decimal([]byte(s), limit)
	return int(n), ok && n >= 0 && (s[0] != '0' || len(s) == 1)
}

// hexadecimal reads one to four hex digits.
func hexadecimal(s string) (int, bool) {
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
