package minlambda

import (
	"strconv"
	"unsafe"

	"github.com/minlambda/minlambda/internal/ascii"
)

// This file is one of the two of the library that import unsafe for memory.
// Package reflect would do, and costs a hello of 1.5 MB too much. The proof of
// its use:
//
//   - A value of type any is two words, the description of its type and a
//     pointer to it, if its kind is one of those below. The conversion to *words
//     is of a pointer to a variable of the same function. What is read is the
//     value, as the type that its kind says it has the form of.
//   - The kind is a byte of the description, at the same place since Go 1.4. If
//     a version of Go were to move it, the four types that are looked at first
//     would not have their kinds there, and nothing more is read. TestBasic
//     compares with what package reflect says, and fails then.

// words is a value of type any.
type words struct{ description, data unsafe.Pointer }

// kind is that of package reflect. It comes after two words, a hash of 32 bits
// and three bytes.
func kind(v any) byte {
	description := (*words)(unsafe.Pointer(&v)).description
	return *(*byte)(unsafe.Add(description, 2*unsafe.Sizeof(uintptr(0))+7)) & 31
}

const (
	kindBool, kindInt, kindUint, kindUintptr = 1, 2, 7, 12
	kindFloat32, kindFloat64                 = 13, 14
	kindComplex64, kindComplex128            = 15, 16
	kindString                               = 24
)

// basic prints a value of a basic type, or of a type named over one; of any
// other ok is false. The value must not be nil.
func basic(v any) (text string, ok bool) {
	if kind(false) != kindBool || kind(uintptr(0)) != kindUintptr ||
		kind(float32(0)) != kindFloat32 || kind("") != kindString {
		return "", false
	}
	p := (*words)(unsafe.Pointer(&v)).data
	k := kind(v)
	switch {
	case k == kindString:
		return *(*string)(p), true
	case k == kindBool:
		return strconv.FormatBool(*(*bool)(p)), true
	case k >= kindInt && k <= kindUintptr:
		var n uint64
		size := unsafe.Sizeof(uintptr(0))
		if i := (k - kindInt) % 5; i > 0 { // int or uint, of 8, 16, 32, 64 bits, and again
			size = 1 << (i - 1)
		}
		switch size {
		case 1:
			n = uint64(*(*uint8)(p))
		case 2:
			n = uint64(*(*uint16)(p))
		case 4:
			n = uint64(*(*uint32)(p))
		case 8:
			n = *(*uint64)(p)
		}
		if k < kindUint {
			spare := 64 - 8*size
			if i := int64(n<<spare) >> spare; i < 0 {
				return "-" + ascii.Utoa(uint64(-i)), true
			}
		}
		return ascii.Utoa(n), true
	case k >= kindFloat32 && k <= kindComplex128:
		return floats(k, p), true
	}
	return "", false
}

// floats prints one number or, of a complex kind, two.
func floats(k byte, p unsafe.Pointer) string {
	var re, im float64
	bits := 64
	switch k {
	case kindFloat32:
		re, bits = float64(*(*float32)(p)), 32
	case kindFloat64:
		re = *(*float64)(p)
	case kindComplex64:
		c := *(*[2]float32)(p)
		re, im, bits = float64(c[0]), float64(c[1]), 32
	case kindComplex128:
		c := *(*[2]float64)(p)
		re, im = c[0], c[1]
	}
	text := strconv.FormatFloat(re, 'g', -1, bits)
	if k < kindComplex64 {
		return text
	}
	second := strconv.FormatFloat(im, 'g', -1, bits)
	if second[0] != '-' && second[0] != '+' {
		second = "+" + second
	}
	return "(" + text + second + "i)"
}
