package ascii

// Hex returns the value of a hexadecimal digit, -1 of any other byte.
func Hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// Decimal reads digits as a number. It is -1 if that is more than limit, which
// must not be negative; ok is false if there is another character, or none.
// Zeros may come first.
func Decimal(digits []byte, limit int64) (n int64, ok bool) {
	const tooMuch = 1 << 60 // and another digit after it overflows
	u, large := uint64(0), false
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		large = large || u >= tooMuch
		u = u*10 + uint64(c)
	}
	if large || u > uint64(limit) {
		return -1, len(digits) > 0
	}
	return int64(u), len(digits) > 0
}

// AppendDecimal appends n in digits.
func AppendDecimal(dst []byte, n int64) []byte {
	var digits [20]byte
	i := len(digits)
	for u := uint64(max(n, -n)); ; u /= 10 {
		i--
		digits[i] = '0' + byte(u%10)
		if u < 10 {
			break
		}
	}
	if n < 0 {
		i--
		digits[i] = '-'
	}
	return append(dst, digits[i:]...)
}

// Itoa is n in digits.
func Itoa(n int) string { return string(AppendDecimal(nil, int64(n))) }
