package ascii

// Hex returns the value of a hexadecimal digit, and -1 for any other byte.
func Hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// Decimal reads digits as a number. n is -1 if the number is more than limit, which must not be
// negative. ok is false if digits is empty or has another character. Leading zeros are allowed.
func Decimal(digits []byte, limit int64) (n int64, ok bool) {
	const tooMuch = 1 << 60 // one more digit overflows
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

// AppendUint appends n in decimal digits.
//
//go:noinline
func AppendUint(dst []byte, n uint64) []byte {
	var digits [20]byte
	i := len(digits) - 1
	for ; n > 9; n /= 10 {
		digits[i] = '0' + byte(n%10)
		i--
	}
	digits[i] = '0' + byte(n)
	return append(dst, digits[i:]...)
}

// AppendHex appends n in hexadecimal digits, small ones.
func AppendHex(dst []byte, n uint64) []byte {
	var digits [16]byte
	i := len(digits)
	for {
		i--
		digits[i] = "0123456789abcdef"[n&15]
		if n >>= 4; n == 0 {
			return append(dst, digits[i:]...)
		}
	}
}

// Utoa returns n in decimal digits.
//
//go:noinline
func Utoa(n uint64) string { return string(AppendUint(nil, n)) }

// Itoa returns n in decimal digits.
//
//go:noinline
func Itoa(n int) string {
	if n < 0 {
		return "-" + Utoa(-uint64(n))
	}
	return Utoa(uint64(n))
}
