package ascii

// Lower returns the small letter for a capital letter, and any other byte as it is.
func Lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// EqualFold compares regardless of the case of ASCII letters. If both are written alike, one
// comparison of memory is enough.
func EqualFold(got []byte, want string) bool {
	return len(got) == len(want) && (string(got) == want || fold(got, want))
}

// fold is EqualFold for two texts of the same length.
//
//go:noinline
func fold(got []byte, want string) bool {
	for i, c := range got {
		if Lower(c) != Lower(want[i]) {
			return false
		}
	}
	return true
}
