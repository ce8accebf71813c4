package fuzz

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/wire"
)

// hostName matches a name of labels of up to 63 characters, the last of them not a number; a dot
// may come after it.
var hostName = regexp.MustCompile(`^(?:[0-9A-Za-z_](?:[-0-9A-Za-z_]{0,61}[0-9A-Za-z_])?\.)*` +
	`([0-9A-Za-z_](?:[-0-9A-Za-z_]{0,61}[0-9A-Za-z_])?)\.?$`)

var number = regexp.MustCompile(`^[0-9]+$`)

// FuzzAddr: wire.ParseAddr accepts the addresses that net/netip accepts, with the additions that
// its comment names, host names included, and no others.
func FuzzAddr(f *testing.F) {
	for _, s := range []string{
		"127.0.0.1:9001", "localhost:8080", "LocalHost", "[::1]:80", "[::1]",
		"http://127.0.0.1:9001/", "HTTP://[2001:db8::1]/base/path//", "1.2.3.4/a://b",
		"", "http://", "https://127.0.0.1", "://1.2.3.4", "example.com:80", "127.0.0.1:",
		"127.0.0.1:0", "127.0.0.1:65535", "127.0.0.1:65536", "127.0.0.1:080", "127.0.0.1:+80",
		"127.0.0.01:80", "127.0.0.256:80", "127.0.0:80", "1.2.3.4.5", "::1", "::1:80",
		"[::1%eth0]:80", "[1.2.3.4]:80", "[::ffff:1.2.3.4]:80", "[1:2:3:4:5:6:7:8]",
		"[1:2:3:4:5:6:7::]",
		"[::1:2:3:4:5:6:7:8]", "[1::2::3]", "[12345::]", "[:1::]", "[1:]", "[]", "[::1]x:80",
		"[::1]:80:80", "user@127.0.0.1:80", "127.0.0.1:80?x", "127.0.0.1/a?b", "127.0.0.1/a b",
		"127.0.0.1/\xff", " 127.0.0.1", "127.0.0.1\n", "loc\u017flhost",
		"host.docker.internal:9001", "runtime_api", "a.b.:80", "a..b", "-a", "a-.b", "1.2.3.4.e",
		"1.2.3.4.5", "12:80", "a\r\nHost: b", "localhost.", "localhost..", strings.Repeat("x", 63),
		strings.Repeat("x", 64), strings.Repeat("x.", 126) + "y", strings.Repeat("x.", 127) + "y",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := wire.ParseAddr(s)
		if want := goodAddr(s); (err == nil) != want {
			t.Errorf("%q: we say %v, net/netip that it is good: %v", s, err, want)
		}
	})
}

func goodAddr(s string) bool {
	if scheme, rest, ok := strings.Cut(s, "://"); ok && !strings.Contains(scheme, ":") {
		if strings.ToLower(scheme) != "http" {
			return false
		}
		s = rest
	}
	s, path, _ := strings.Cut(s, "/")
	if strings.ContainsFunc(path, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '?' || r == '#'
	}) {
		return false
	}
	for _, s := range []string{s, s + ":80"} {
		i := strings.LastIndexByte(s, ':')
		if i < 0 {
			continue
		}
		port, err := strconv.ParseUint(s[i+1:], 10, 16)
		if err != nil || port == 0 || strconv.FormatUint(port, 10) != s[i+1:] {
			continue
		}
		last := hostName.FindStringSubmatch(s[:i])
		long := len(strings.TrimSuffix(s[:i], ".")) > 253
		if last != nil && !number.MatchString(last[1]) && !long {
			return true
		}
		if addr, err := netip.ParseAddrPort(s); err == nil && addr.Addr().Zone() == "" {
			return true
		}
	}
	return false
}
