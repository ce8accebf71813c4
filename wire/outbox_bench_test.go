package wire

import (
	"strconv"
	"testing"

	"github.com/minlambda/minlambda/internal/peerscript"
)

// connected returns a socket with a connection to a, until the test ends.
func connected(tb testing.TB, a *Addr) socket {
	tb.Helper()
	s, err := newSocket(&a.ips[0])
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.close)
	if err = s.connect(&a.ips[0], a.port); err != nil {
		tb.Fatal(err)
	}
	return s
}

// BenchmarkGather supports the constant gather: a response that lies elsewhere is copied into the
// write buffer, or sent from where it is.
func BenchmarkGather(b *testing.B) {
	peer := peerscript.Listen(b)
	go func() { peer.Accept().Drain() }()
	addr, err := ParseAddr(peer.Addr)
	if err != nil {
		b.Fatal(err)
	}
	sock := connected(b, &addr)

	head, get := make([]byte, 230), make([]byte, 104)
	for _, size := range []int{512, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10} {
		body, out := make([]byte, size), make([]byte, size+1<<10)
		b.Run("copied/"+strconv.Itoa(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for range b.N {
				n := copy(out, head)
				n += copy(out[n:], body)
				n += copy(out[n:], get)
				if err := sock.write(out[:n]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("gathered/"+strconv.Itoa(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				parts := [3][]byte{head, body, get}
				if err := sock.writev(parts[:]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
