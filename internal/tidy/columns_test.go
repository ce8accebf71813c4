package tidy

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is the most columns that a line may have; a tab takes tabColumns of them.
const (
	maxColumns = 100
	tabColumns = 4
)

// longLines calls found with the number and the columns of each line that is too long.
func longLines(text string, found func(line, columns int)) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		columns := utf8.RuneCountInString(line) + strings.Count(line, "\t")*(tabColumns-1)
		if columns > maxColumns {
			found(number, columns)
		}
	}
}

// Two files fit side by side on a screen: no line of code or comment has more than 100 columns.
func TestColumns(t *testing.T) {
	eachSource(t, func(file string, text []byte) {
		longLines(string(text), func(line, columns int) {
			t.Errorf("%s:%d: %d columns, at most %d", file, line, columns, maxColumns)
		})
	})
}

// longLines sees one column too many, wherever it comes from, and nothing else.
func TestLongLinesAreSeen(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		line    int
		columns int
	}{
		"100 columns":      {strings.Repeat("x", 100) + "\n", 0, 0},
		"101 columns":      {"x\n" + strings.Repeat("x", 101) + "\n", 2, 101},
		"101, last line":   {strings.Repeat("x", 101), 1, 101},
		"100 with tabs":    {"\t\t" + strings.Repeat("x", 92) + "\n", 0, 0},
		"101 with tabs":    {"\t\t" + strings.Repeat("x", 93) + "\n", 1, 101},
		"100 of two bytes": {strings.Repeat("ä", 100) + "\r\n", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			line, columns := 0, 0
			longLines(test.text, func(l, c int) { line, columns = l, c })
			if line != test.line || columns != test.columns {
				t.Errorf("line %d with %d columns", line, columns)
			}
		})
	}
}
