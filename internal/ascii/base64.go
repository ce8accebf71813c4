package ascii

// AppendBase64 appends src in base64, with padding (RFC 4648 section 4).
func AppendBase64(dst, src []byte) []byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for len(src) > 0 {
		var group uint32
		n := min(len(src), 3)
		for i := range 3 {
			group <<= 8
			if i < n {
				group |= uint32(src[i])
			}
		}
		for i := range 4 {
			c := byte('=')
			if i <= n {
				c = digits[group>>(18-6*i)&63]
			}
			dst = append(dst, c)
		}
		src = src[n:]
	}
	return dst
}
