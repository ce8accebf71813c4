// Package results holds what a run of the benchmarks has found: rows of figures, with every round's
// value, in one JSON file that charts and tables are made from.
package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// Results is a whole run.
type Results struct {
	Date     string            `json:"date"`    // of the newest section, RFC 3339, UTC
	Machine  map[string]string `json:"machine"` // processor, kernel, memory, what is virtual
	Versions map[string]string `json:"versions"`
	Rows     []Row             `json:"rows"`
}

// A Row is one peer in one case of one section: section "echo", case "128B", peer "minlambda".
type Row struct {
	Section string  `json:"section"`
	Case    string  `json:"case"`
	X       float64 `json:"x"` // the case as a number, for an axis: bytes, headers, loops
	Peer    string  `json:"peer"`

	// Figures are by unit as in package testing: "ns/op", "cpu-ns/op", "p99-ns".
	Figures map[string]Figure `json:"figures"`
}

// A Figure holds the values of one quantity, in the order of the rounds. Round i of one peer ran
// beside round i of another, so ratios are taken between these two.
type Figure []float64

// Median returns the middle value, or the mean of the two in the middle; 0 if there is none.
func (f Figure) Median() float64 {
	if len(f) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(f))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// Ratio returns f's rounds divided by those of other.
func (f Figure) Ratio(other Figure) Figure {
	ratio := make(Figure, min(len(f), len(other)))
	for i := range ratio {
		ratio[i] = f[i] / other[i]
	}
	return ratio
}

// Find returns the row of a peer; nil if there is none.
func (r *Results) Find(section, which, peer string) *Row {
	for i := range r.Rows {
		if row := &r.Rows[i]; row.Section == section && row.Case == which && row.Peer == peer {
			return row
		}
	}
	return nil
}

// Has reports whether there is a row of the section.
func (r *Results) Has(section string) bool {
	return slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Section == section })
}

// Replace puts rows in place of all rows of the section.
func (r *Results) Replace(section string, rows []Row) {
	r.Rows = slices.DeleteFunc(r.Rows, func(row Row) bool { return row.Section == section })
	r.Rows = append(r.Rows, rows...)
}

// Read reads a file that Write has written. A missing file is an empty run.
func Read(file string) (*Results, error) {
	r := &Results{Machine: map[string]string{}, Versions: map[string]string{}}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(b, r)
	}
	return r, err
}

// Write replaces the file. Each row has a line, so that a diff of two runs is readable.
func (r *Results) Write(file string) error {
	b, err := r.lines()
	if err != nil {
		return err
	}
	if err = os.WriteFile(file+".new", b, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func (r *Results) lines() ([]byte, error) {
	head, err := json.MarshalIndent(
		&Results{Date: r.Date, Machine: r.Machine, Versions: r.Versions, Rows: []Row{}},
		"",
		" ",
	)
	if err != nil {
		return nil, err
	}
	const end = "]\n}"
	b := bytes.TrimSuffix(head, []byte(end))
	for i, row := range r.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		line, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		b = append(append(b, '\n'), line...)
	}
	return append(b, "\n"+end+"\n"...), nil
}

// Stamp begins the keys of Results.Versions that name a section's revision.
const Stamp = "section "
