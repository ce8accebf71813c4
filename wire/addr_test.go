package wire

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func TestParseAddr(t *testing.T) {
	for _, c := range []struct {
		in, host, path string
		port           int
		ips            string
	}{
		{"127.0.0.1:9001", "127.0.0.1:9001", "", 9001, "127.0.0.1"},
		{"169.254.100.1:9001", "169.254.100.1:9001", "", 9001, "169.254.100.1"},
		{"localhost:12557/worker", "localhost:12557", "/worker", 12557, "127.0.0.1 ::1"},
		{"LocalHost", "LocalHost", "", 80, "127.0.0.1 ::1"},
		{"localhost.:81", "localhost.:81", "", 81, "127.0.0.1 ::1"},
		{"http://127.0.0.1:9000/.rt/function", "127.0.0.1:9000", "/.rt/function", 9000,
			"127.0.0.1"},
		{"HTTP://1.2.3.4", "1.2.3.4", "", 80, "1.2.3.4"},
		{"1.2.3.4:80/", "1.2.3.4:80", "", 80, "1.2.3.4"},
		{"1.2.3.4/a/b//", "1.2.3.4", "/a/b", 80, "1.2.3.4"},
		{"[::1]:9001", "[::1]:9001", "", 9001, "::1"},
		{"[::1]", "[::1]", "", 80, "::1"},
		{"[2001:db8::1]:65535/x", "[2001:db8::1]:65535", "/x", 65535, "2001:db8::1"},
		{"0.0.0.0:1", "0.0.0.0:1", "", 1, "0.0.0.0"},
		{"1.2.3.4:5/a:b", "1.2.3.4:5", "/a:b", 5, "1.2.3.4"},
		{"1.2.3.4:5/a://b", "1.2.3.4:5", "/a://b", 5, "1.2.3.4"},
	} {
		t.Run(c.in, func(t *testing.T) {
			a, err := ParseAddr(c.in)
			var ips []string
			for i := range a.ips {
				ips = append(ips, a.ips[i].netip().String())
			}
			if err != nil || a.host != c.host || a.path != c.path || a.port != c.port ||
				strings.Join(ips, " ") != c.ips {
				t.Errorf("host %q, path %q, port %d, IPs %q, %v; want %+v", a.host, a.path, a.port,
					ips, err, c)
			}
		})
	}
}

// A name is taken as it is written. For the look-up it loses the dot at its end. It has no address
// yet.
func TestParseAddrNames(t *testing.T) {
	label := strings.Repeat("x", 63)
	long := strings.Repeat(label+".", 3) + strings.Repeat("y", 61)
	for in, name := range map[string]string{
		"host.docker.internal:9001":        "host.docker.internal",
		"Host.Docker.INTERNAL:1/base/path": "Host.Docker.INTERNAL",
		"http://host.docker.internal.:80":  "host.docker.internal",
		"a":                                "a",
		"runtime_api:80":                   "runtime_api",
		"_x._y:80":                         "_x._y",
		"a--b.c-d:80":                      "a--b.c-d",
		"1a.2b:80":                         "1a.2b",
		"1.2.3.4.e:80":                     "1.2.3.4.e",
		"localhost.localdomain":            "localhost.localdomain",
		"localhosts":                       "localhosts",
		label + ":80":                      label,
		long + ".:80":                      long,
	} {
		t.Run(in, func(t *testing.T) {
			a, err := ParseAddr(in)
			if err != nil || a.name != name || len(a.ips) > 0 {
				t.Errorf("name %q, %d addresses, %v; want %q", a.name, len(a.ips), err, name)
			}
		})
	}
}

func (a *ip) netip() netip.Addr {
	if a.six {
		return netip.AddrFrom16(a.b)
	}
	return netip.AddrFrom4([4]byte(a.b[:4]))
}

// badAddrs are addresses that ParseAddr refuses, and why.
var badAddrs = map[string]error{
	"":                        ErrAddrEmpty,
	"https://127.0.0.1:9001":  ErrAddrScheme,
	"unix:///tmp/socket":      ErrAddrScheme,
	"http://http://127.0.0.1": ErrAddrPort,
	"http://":                 ErrAddrHost,
	"http:///path":            ErrAddrHost,
	"/path":                   ErrAddrHost,
	"127.0.0.1:":              ErrAddrPort,
	"127.0.0.1:0":             ErrAddrPort,
	"127.0.0.1:65536":         ErrAddrPort,
	"127.0.0.1:080":           ErrAddrPort,
	"127.0.0.1:-1":            ErrAddrPort,
	"127.0.0.1:+1":            ErrAddrPort,
	"127.0.0.1: 1":            ErrAddrPort,
	"127.0.0.1:1 ":            ErrAddrPort,
	"127.0.0.1:http":          ErrAddrPort,
	"127.0.0.1:9001\r\n":      ErrAddrPort,
	":9001":                   ErrAddrHost,
	" 127.0.0.1:9001":         ErrAddrHost,
	"127.0.0.1.:1":            ErrAddrHost,
	"127.0.0:1":               ErrAddrHost,
	"127.0.0.0.1:1":           ErrAddrHost,
	"127.0.0.256:1":           ErrAddrHost,
	"127.0.0.01:1":            ErrAddrHost,
	"0x7f.0.0.1:1":            ErrAddrHost,
	"2130706433:1":            ErrAddrHost,
	"user@127.0.0.1:1":        ErrAddrHost,
	"127.0.0.1?x:1":           ErrAddrHost,
	"[::1]x:1":                ErrAddrHost,
	"[::1:1":                  ErrAddrHost,
	"[]:1":                    ErrAddrHost,
	"[127.0.0.1]:1":           ErrAddrHost,
	"[fe80::1%lo]:1":          ErrAddrHost,
	"[localhost]:1":           ErrAddrHost,
	"127.0.0.1:1/a?b":         ErrAddrPath,
	"127.0.0.1:1/a#b":         ErrAddrPath,
	"127.0.0.1:1/a b":         ErrAddrPath,
	"127.0.0.1:1/a\r\nHost: ": ErrAddrPath,
	"127.0.0.1:1/\x00":        ErrAddrPath,
	"127.0.0.1:1/\xc3\xa4":    ErrAddrPath,

	"localhost..:80":                ErrAddrHost,
	".localhost:80":                 ErrAddrHost,
	".:80":                          ErrAddrHost,
	"a..b:80":                       ErrAddrHost,
	"-a:80":                         ErrAddrHost,
	"a-:80":                         ErrAddrHost,
	"a.-b:80":                       ErrAddrHost,
	"a-.b:80":                       ErrAddrHost,
	"a b:80":                        ErrAddrHost,
	"a\tb:80":                       ErrAddrHost,
	"a\r\nHost: b:80":               ErrAddrHost,
	"a\x00:80":                      ErrAddrHost,
	"h\xc3\xb6st:80":                ErrAddrHost,
	"loc\u017flhost:80":             ErrAddrHost,
	"a,b:80":                        ErrAddrHost,
	"a@b:80":                        ErrAddrHost,
	"a%62:80":                       ErrAddrHost,
	"1234:80":                       ErrAddrHost,
	"host.1:80":                     ErrAddrHost,
	"0x7f.1:80":                     ErrAddrHost,
	strings.Repeat("x", 64):         ErrAddrHost,
	strings.Repeat("x.", 127) + "y": ErrAddrHost,
}

func TestParseAddrRefuses(t *testing.T) {
	for in, want := range badAddrs {
		t.Run(in, func(t *testing.T) {
			if a, err := ParseAddr(in); !errors.Is(err, want) {
				t.Errorf("%+v, %v; want %v", a, err, want)
			}
		})
	}
}

// parseIPv6 reads what net/netip reads, except zones, and nothing else.
func TestIPv6AsNetip(t *testing.T) {
	check := func(s string) {
		t.Helper()
		var got [16]byte
		ok := parseIPv6(s, &got)
		want, err := netip.ParseAddr(s)
		good := err == nil && want.Is6() && want.Zone() == ""
		if ok != good || ok && got != want.As16() {
			t.Fatalf("%q: %x, %v; netip: %v, %v", s, got, ok, want, err)
		}
	}
	for _, s := range []string{"", ":", "::", ":::", "::1", "1::", "1::1", "1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"::2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1::2::3",
		"12345::", "g::", "::ffff:1.2.3.4", "::1.2.3.4",
		"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4",
		"1.2.3.4::", "1.2.3.4", "::1.2.3.4:5", "1:", ":1",
		"1:2:", "fe80::1%lo", "FFFF::aBcD", "0:0:0:0:0:0:0:0", "00001::", "::-1", "::+1", "1:::2",
		"::1:", "1:2:3:4:5:6::1.2.3.4", "1:2:3:4:5::1.2.3.4"} {
		check(s)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	parts := []string{":", ":", "::", "0", "1", "ff", "abcd", "12345", "1.2.3.4", ".", "g", "256"}
	for range 200_000 {
		var s strings.Builder
		for range rng.IntN(18) {
			s.WriteString(parts[rng.IntN(len(parts))])
		}
		check(s.String())
	}
	for range 20_000 { // good ones, in all of their spellings
		var b [16]byte
		for i := range b {
			if rng.IntN(3) == 0 {
				b[i] = byte(rng.Uint32())
			}
		}
		a := netip.AddrFrom16(b)
		check(a.String())
		check(a.StringExpanded())
		check(strings.ToUpper(a.String()))
	}
}
