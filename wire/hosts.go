package wire

import (
	"syscall"

	"github.com/minlambda/minlambda/internal/ascii"
)

// maxHosts bounds how much of a hosts file is read, in case the file never ends. A container's has
// a few hundred bytes.
const maxHosts = 1 << 20

// Lookup finds, in a hosts file, the addresses of a host whose name is not localhost. Each line of
// the file has an address, its names after it, and perhaps a comment after a # sign. If several
// lines have the name, their addresses are tried in turn. What is not an address is skipped, and so
// is an address with a zone. Lookup asks no resolver: that would bring package net, and emulators
// that pass a name put it into that file. The error is one of this package's Err values, or the
// system's.
func (a *Addr) Lookup(file string) error {
	if a.name == "" {
		return nil
	}
	// The open does not block, so a pipe that nobody writes to reads as an empty file.
	fd, err := syscall.Open(file, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	b, n := make([]byte, maxHosts), 0
	for k := 1; k > 0 && err == nil; n += k {
		k, err = syscall.Read(fd, b[n:])
	}
	syscall.Close(fd)
	if n == maxHosts {
		err = ErrHostsSize
	}
	if err != nil {
		return err
	}
	text := string(b[:n]) + "\n" // the last line may have no end
	a.ips = nil
	address, start := "", 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c > ' ' && c != '#' {
			continue
		}
		field := text[start:i]
		switch {
		case field == "":
		case address == "":
			address = field
		case ascii.EqualFold([]byte(withoutDot(field)), a.name):
			if to, ok := parseIP(address); ok {
				a.ips = append(a.ips, to)
			}
		}
		if c == '#' {
			for text[i] != '\n' {
				i++
			}
		}
		if text[i] == '\n' {
			address = ""
		}
		start = i + 1
	}
	if len(a.ips) == 0 {
		return ErrAddrName
	}
	return nil
}

// isName reports whether s, which has no dot at its end, may be the name of a host: labels of
// letters, digits, inner dashes and, since many use them, underscores (RFC 1123 section 2.1). A
// name that ends with a number is refused: some would take it for an IPv4 address.
func isName(s string) bool {
	size, digits := 0, true // of the current label
	for i := 0; i < len(s); i++ {
		c := ascii.Lower(s[i])
		switch {
		case '0' <= c && c <= '9':
		case 'a' <= c && c <= 'z' || c == '_' || c == '-' && size > 0:
			digits = false
		case c == '.' && size > 0 && s[i-1] != '-':
			size, digits = -1, true
		default:
			return false
		}
		if size++; size > 63 {
			return false
		}
	}
	return size > 0 && !digits && s[len(s)-1] != '-' && len(s) <= 253
}
