package fuzz

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/parse"
)

// around has what comes before and after the bytes of a section's cases.
var around = map[string][2]string{
	"Status lines":   {"", "\r\nContent-Length: 0\r\n\r\n"},
	"Header lines":   {"HTTP/1.1 200 OK\r\n", "\r\nContent-Length: 0\r\n\r\n"},
	"Framing":        {"", ""},
	"Chunked bodies": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ""},
}

// ofGo matches what a row says of Go's own readers.
var ofGo = regexp.MustCompile(`Go \w+\.go (accepts|refuses)`)

// TestCases checks that we, and net/http, do what CASES.md says.
func TestCases(t *testing.T) {
	page, err := os.ReadFile("CASES.md")
	if err != nil {
		t.Fatal(err)
	}
	section, n := "", 0
	for _, line := range strings.Split(string(page), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			if section = name; around[name] == [2]string{} && name != "Framing" {
				t.Fatalf("no section %q", name)
			}
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if section == "" || len(cells) != 5 || cells[0] == "case" {
			continue
		}
		n++
		t.Run(section+"/"+cells[0], func(t *testing.T) {
			in, err := strconv.Unquote(`"` + strings.Trim(cells[1], "`") + `"`)
			if err != nil {
				t.Fatal(err)
			}
			in = around[section][0] + in + around[section][1]
			if got := outcome(in, len(in)); got != cells[3] {
				t.Errorf("we say %q; the page %q", got, cells[3])
			}
			if got := outcome(in, 1); got != cells[3] {
				t.Errorf("byte by byte we say %q; the page %q", got, cells[3])
			}
			if says := ofGo.FindStringSubmatch(cells[2]); says != nil {
				resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(in)), nil)
				if err == nil {
					_, err = io.ReadAll(resp.Body)
				}
				if oldHTTP[cells[0]] && olderThan(goOfPages) {
					t.Logf("not compared: net/http of %s is not that of %s", runtime.Version(),
						goOfPages)
				} else if (err == nil) != (says[1] == "accepts") {
					t.Errorf("net/http says %v; the page that it %s", err, says[1])
				}
			} else if strings.Contains(cells[2], "Go ") {
				t.Errorf("what does Go do? %q", cells[2])
			}
		})
	}
	if n < 100 {
		t.Errorf("only %d cases", n)
	}
}

// outcome is what parse makes of a response that comes in pieces of a size.
func outcome(in string, piece int) string {
	var h parse.Head
	var c parse.Chunks
	h.Reset(maxBody)
	var b []byte // what a reader would have in its buffer
	n, body, framing := 0, 0, 0
	for taken := 0; taken < len(in); {
		k := min(piece, len(in)-taken)
		b = append(b, in[taken:taken+k]...)
		taken += k
		if n == 0 {
			var err error
			if n, err = h.Parse(b); err != nil {
				return "refused: " + err.Error()
			}
			if n == 0 {
				continue
			}
			c.Reset(n, maxBody)
		}
		end := n + max(h.Length, 0)
		if h.Chunked {
			var err error
			before := len(b)
			if end, err = c.Decode(b); err != nil {
				return "refused: " + err.Error()
			}
			body = c.Body.Len()
			if end == 0 {
				b = b[:c.Body.End]
				framing += before - len(b)
				continue
			}
		} else if body = end - n; end > len(b) {
			continue
		}
		s := fmt.Sprintf("%d, %d bytes", h.Status, body)
		if body == 1 {
			s = strings.TrimSuffix(s, "s")
		}
		if !h.Chunked && h.Length < 0 {
			s = fmt.Sprintf("%d, unframed", h.Status)
		}
		if h.Close {
			s += ", closes"
		}
		if left := len(in) - end - framing; left > 0 {
			s += fmt.Sprintf(", %d left", left)
		}
		return s
	}
	return "more"
}
