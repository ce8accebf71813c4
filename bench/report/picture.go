package main

import (
	"fmt"
	"strings"
)

// A picture is a card with panels, side by side in rows.
type picture struct {
	Name    string // of its file, without .svg
	Title   string // what is shown
	Note    string // in smaller letters below it: under which conditions
	section string // that it shows
	across  int    // panels in a row
	panels  []panel
}

// A panel is one coordinate system.
type panel interface {
	empty() bool
	height() float64
	draw(c *canvas, left, top, width float64)
	describe() string // what it shows, in words
}

// notes returns the lines of the note.
func (p *picture) notes() []string {
	return fitted(p.Note, width-2*margin, small)
}

const (
	noteLine = small + 4
	panelTop = 14.0 // between the note and the panels
)

// tallest returns the height of a row of panels.
func (p *picture) tallest() (h float64) {
	for _, one := range p.panels {
		h = max(h, one.height())
	}
	return h
}

func (p *picture) head() float64 {
	return margin + large + 6 + float64(len(p.notes()))*noteLine + panelTop
}

func (p *picture) height() float64 {
	rows := float64((len(p.panels) + p.across - 1) / p.across)
	return p.head() + rows*p.tallest() + (rows-1)*gap + margin
}

// draw draws the picture on a new canvas.
func (p *picture) draw() *canvas {
	c := &canvas{}
	h := p.height()
	c.tag("svg", "xmlns", "http://www.w3.org/2000/svg", "width", number(width), "height", number(h),
		"viewBox", "0 0 "+number(width)+" "+number(h), "role", "img",
		"aria-labelledby", "title description",
		"font-family", "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif")
	c.b.WriteString(">\n<title id=\"title\">" + escaped(p.Title) + "</title>\n")
	c.b.WriteString("<desc id=\"description\">" + escaped(p.describe()) + "</desc>\n")
	c.b.WriteString(styleSheet())
	c.box(0, 0, width, h, card)
	c.line(edge, 1, spot{.5, .5}, spot{width - .5, .5}, spot{width - .5, h - .5},
		spot{.5, h - .5}, spot{.5, .5})

	y := margin + large/2
	c.text(margin, y, letter{class: ink, size: large, bold: true}, p.Title)
	y += large/2 + 6 + noteLine/2
	for _, note := range p.notes() {
		c.text(margin, y, letter{class: soft, size: small}, note)
		y += noteLine
	}
	w := (width - 2*margin - float64(p.across-1)*gap) / float64(p.across)
	for i, one := range p.panels {
		left := margin + float64(i%p.across)*(w+gap)
		one.draw(c, left, p.head()+float64(i/p.across)*(p.tallest()+gap), w)
	}
	c.b.WriteString("</svg>\n")
	return c
}

// describe says in words what the picture shows.
func (p *picture) describe() string {
	all := []string{strings.TrimSuffix(p.Note, ".") + "."}
	for _, one := range p.panels {
		all = append(all, one.describe())
	}
	return strings.Join(all, " ")
}

// SVG returns the picture as a file.
func (p *picture) SVG() []byte { return []byte(p.draw().b.String()) }

// Markdown shows the picture, whose file is in dir; dir ends with a slash or is empty. The
// alternative text is title and note; the file itself says in words what it shows.
func (p *picture) Markdown(dir string) string {
	return fmt.Sprintf("![%s: %s](%s%s.svg)", p.Title, p.Note, dir, p.Name)
}
