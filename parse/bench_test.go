package parse

import (
	"bufio"
	"bytes"
	"net/http"
	"testing"
)
var realHead = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: f201be8f-5346-4524-b39c-e83412578b27\r\nLambda-Runtime-Deadline-Ms: 1795465865693\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:012345678912:function:test_function\r\nDate: Mon, 23 Nov 2026 20:26:06 GMT\r\nContent-Length: 7\r\n\r\n")

func BenchmarkHead(b *testing.B) {
	var h Head
	b.SetBytes(int64(len(realHead)))
	for i:=0;i<b.N;i++ {
		h.Reset(1<<20)
		if n, err := h.Parse(realHead); n != len(realHead) || err != nil {
			b.Fatal(n, err)
		}
	}
}
func BenchmarkIndexPass(b *testing.B) {
	b.SetBytes(int64(len(realHead)))
	for i:=0;i<b.N;i++ {
		h:=realHead
		for {
			k:=bytes.IndexByte(h,'\n')
			if k<0 {break}
			h=h[k+1:]
		}
	}
}
func BenchmarkIndexNUL(b *testing.B) {
	b.SetBytes(int64(len(realHead)))
	for i:=0;i<b.N;i++ {
		if bytes.IndexByte(realHead,0)>=0 {b.Fatal()}
	}
}
func BenchmarkNetHTTP(b *testing.B) {
	b.SetBytes(int64(len(realHead)))
	rd:=bytes.NewReader(nil); br:=bufio.NewReader(rd)
	for i:=0;i<b.N;i++ {
		rd.Reset(realHead); br.Reset(rd)
		r,err:=http.ReadResponse(br,nil)
		if err!=nil || r.StatusCode!=200 {b.Fatal(err)}
	}
}
