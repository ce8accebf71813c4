// Package ascii has what a text needs, of the little that this library does
// with text: quoting, hexadecimal digits, comparing without regard to case, and
// decimal numbers. It imports nothing, so that every other package may import it,
// package parse among them, and so that little of it ends up in a program.
package ascii
