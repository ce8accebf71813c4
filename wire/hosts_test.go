package wire

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hosts writes a hosts file with this text and returns its path.
func hosts(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lookUp returns the addresses that the file gives the host, with spaces between them.
func lookUp(t *testing.T, file, host string) (string, error) {
	t.Helper()
	a, err := ParseAddr(host + ":80")
	if err != nil {
		t.Fatal(err)
	}
	a.Lookup(file)
	err = a.Lookup(file) // the second look-up does not add to what the first has found
	var ips []string
	for i := range a.ips {
		ips = append(ips, a.ips[i].netip().String())
	}
	return strings.Join(ips, " "), err
}

const exampleHosts = "# comment\n127.0.0.1 localhost\n::1\tlocalhost ip6-localhost\n\n" +
	"10.0.0.1\t  One  one.alias # two\r\n10.0.0.2 two # one\n" +
	"  10.0.0.3   indented\n10.0.0.4 One\n2001:db8::1 one dotted.\n10.0.0.5 one#comment\n" +
	"fe80::1%lo0 zone\n010.0.0.1 zeros\nnonsense bad\n10.0.0.6 under_score a-b\n10.0.0.7\n" +
	"#10.0.0.8 commented\n10.0.0.9\v\fone.more\n10.0.0.10 end"

func TestLookup(t *testing.T) {
	file := hosts(t, exampleHosts)
	for host, want := range map[string]string{
		"one":         "10.0.0.1 10.0.0.4 2001:db8::1 10.0.0.5",
		"ONE.":        "10.0.0.1 10.0.0.4 2001:db8::1 10.0.0.5",
		"one.alias":   "10.0.0.1",
		"two":         "10.0.0.2",
		"indented":    "10.0.0.3",
		"dotted":      "2001:db8::1",
		"under_score": "10.0.0.6",
		"a-b":         "10.0.0.6",
		"one.more":    "10.0.0.9",
		"end":         "10.0.0.10",
		// Neither localhost nor an address needs a file.
		"localhost": "127.0.0.1 ::1",
		"10.1.1.1":  "10.1.1.1",
		"[::2]":     "::2",
		// Names that are not there, and names without an address that could be connected to.
		"three": "", "comment": "", "commented": "", "zone": "", "zeros": "", "bad": "", "on": "",
		"one.alias.two": "", "nonsense": "", "under-score": "",
	} {
		t.Run(host, func(t *testing.T) {
			got, err := lookUp(t, file, host)
			if got != want || (want == "") != errors.Is(err, ErrAddrName) ||
				want != "" && err != nil {
				t.Errorf("%s: %q, %v; want %q", host, got, err, want)
			}
		})
	}
	for _, text := range []string{"", "\n", "#", "10.0.0.1", "one", " one one", "10.0.0.1 #one"} {
		if got, err := lookUp(t, hosts(t, text), "one"); got != "" || err != ErrAddrName {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// Lookup finds, in any file, what a simpler reader finds: one that goes line by line, with package
// strings and net/netip.
func TestLookupRandom(t *testing.T) {
	parts := []string{"one", "one", "ONE", "one.", "two", "10.0.0.1", "10.0.0.2", "::1",
		"fe80::1%lo", "#", "\n", "\n", "\r\n", " ", " ", "\t", "\x00", ".", "\xff", "1.2.3.4.5"}
	rng := rand.New(rand.NewPCG(1, 2))
	file := hosts(t, "")
	for range 300 {
		var text strings.Builder
		for range rng.IntN(40) {
			text.WriteString(parts[rng.IntN(len(parts))])
		}
		var want []string
		for line := range strings.Lines(text.String()) {
			line, _, _ = strings.Cut(line, "#")
			fields := strings.FieldsFunc(line, func(r rune) bool { return r <= ' ' })
			for i, field := range fields {
				if i == 0 || !strings.EqualFold(strings.TrimSuffix(field, "."), "one") {
					continue
				}
				if ip, err := netip.ParseAddr(fields[0]); err == nil && ip.Zone() == "" {
					want = append(want, ip.String())
				}
			}
		}
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := lookUp(t, file, "one")
		if got != strings.Join(want, " ") || (err != nil) != (got == "") {
			t.Fatalf("%q: %q, %v; want %q", text.String(), got, err, want)
		}
	}
}

// A file that does not exist, cannot be read or never ends gives an error that says so.
func TestLookupUnreadable(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	if _, err := lookUp(t, none, "one"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if got, err := lookUp(t, t.TempDir(), "one"); err == nil || err == ErrAddrName || got != "" {
		t.Errorf("a directory: %q, %v", got, err)
	}
	line := "10.0.0.1 one\n"
	most := strings.Repeat("#", maxHosts-1-len(line)-1) + "\n" + line
	if got, err := lookUp(t, hosts(t, most), "one"); got != "10.0.0.1" || err != nil {
		t.Errorf("a byte under the limit: %q, %v", got, err)
	}
	if got, err := lookUp(t, hosts(t, "#"+most), "one"); got != "" || err != ErrHostsSize {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	file := hosts(t, line+strings.Repeat(most, 3))
	if got, err := lookUp(t, file, "one"); got != "" || err != ErrHostsSize {
		t.Errorf("over the limit: %q, %v", got, err)
	}
	// Localhost and literal addresses work without it.
	for _, host := range []string{"localhost", "LOCALHOST.", "127.0.0.1", "[::1]"} {
		if got, err := lookUp(t, t.TempDir(), host); got == "" || err != nil {
			t.Errorf("%s: %q, %v", host, got, err)
		}
	}
}

// A name's addresses are tried in turn, and the Host header has the name as it was given. Nobody
// listens at the first address.
func TestNameIsConnectedTo(t *testing.T) {
	file := hosts(t, "::1 api\n127.0.0.1 other API\n")
	c, peer := played(t, "tcp", "127.0.0.1:0", "/base")
	host := "Api.:" + c.addr.host[strings.LastIndexByte(c.addr.host, ':')+1:]
	a, err := ParseAddr(host + "/base")
	if err != nil {
		t.Fatal(err)
	}
	named := NewConn(a, 1000)
	if err := named.Next(); !errors.Is(err, ErrAddrName) {
		t.Errorf("before the look-up: %v", err)
	}
	named.Close()
	if err := a.Lookup(file); err != nil {
		t.Fatal(err)
	}
	named = NewConn(a, 1000)
	defer named.Close()
	got := make(chan string, 1)
	go func() {
		defer close(got)
		server := peer.Accept()
		got <- server.Request("GET ")
		server.Send(event)
	}()
	if err := named.Next(); err != nil {
		t.Fatal(err)
	}
	if got := <-got; !strings.Contains(got, "\r\nHost: "+host+"\r\n") {
		t.Errorf("sent %q; want Host: %s", got, host)
	}
}
