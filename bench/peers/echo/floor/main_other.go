//go:build !linux

package main

func main() { panic("the floor is made of Linux's system calls") }
