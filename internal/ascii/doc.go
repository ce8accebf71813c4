// Package ascii has the little that this library does with text: quoting, hexadecimal digits,
// comparing regardless of case, and decimal numbers. It imports nothing, so that every other
// package may import it, including package parse, and so that little of it ends up in a program.
package ascii
