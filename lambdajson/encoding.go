package lambdajson

// foreignEncoding guesses, from its first bytes, the encoding of a text that is not JSON because it
// is not in UTF-8 (RFC 4627 section 3: JSON begins with an ASCII character); "" if they do not
// tell.
func foreignEncoding(b []byte) string {
	var start [4]byte
	switch n := copy(start[:], b); {
	case hasPrefix(b, "\xef\xbb\xbf"):
		return "it begins with a UTF-8 byte order mark; send it without"
	case hasPrefix(b, "\xff\xfe\x00\x00"),
		n == 4 && beginsJSON(start[0]) && start == [4]byte{start[0]}:
		return utf("32, little-endian")
	case hasPrefix(b, "\x00\x00\xfe\xff"), beginsJSON(start[3]) && start == [4]byte{3: start[3]}:
		return utf("32, big-endian")
	case hasPrefix(b, "\xff\xfe"), n >= 2 && beginsJSON(start[0]) && start[1] == 0:
		return utf("16, little-endian")
	case hasPrefix(b, "\xfe\xff"), start[0] == 0 && beginsJSON(start[1]):
		return utf("16, big-endian")
	}
	return ""
}

func utf(which string) string { return "it is in UTF-" + which + "; JSON is in UTF-8" }

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// beginsJSON reports whether JSON, or the white space before it, may begin with c.
func beginsJSON(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '{', '[', '"', '-', 't', 'f', 'n':
		return true
	}
	return '0' <= c && c <= '9'
}
