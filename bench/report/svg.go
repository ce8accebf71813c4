package main

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// A canvas is an SVG that is being written. Its origin is at the top left.
type canvas struct {
	b      strings.Builder
	placed []placed // every text, for the test of their places
}

// A placed text, with the box that it takes in a wide face.
type placed struct {
	text        string
	left, right float64
	top, bottom float64
}

// A letter says how a text is written.
type letter struct {
	class  role
	size   float64
	bold   bool
	anchor anchor
}

// An anchor says which point of a text lies where it is put.
type anchor string

const (
	atStart  anchor = "start"
	atMiddle anchor = "middle"
	atEnd    anchor = "end"
)

// text writes a text whose middle is at y.
func (c *canvas) text(x, y float64, l letter, text string) {
	room := roomFor(text, l.size, l.bold)
	left := x
	switch l.anchor {
	case atMiddle:
		left -= room / 2
	case atEnd:
		left -= room
	}
	c.placed = append(c.placed, placed{
		text: text, left: left, right: left + room,
		top: y - l.size/2, bottom: y + l.size/2,
	})
	c.tag("text", "class", string(l.class), "x", number(x), "y", number(y+0.35*l.size),
		"font-size", number(l.size))
	if l.bold {
		c.attribute("font-weight", "bold")
	}
	if l.anchor != atStart && l.anchor != "" {
		c.attribute("text-anchor", string(l.anchor))
	}
	c.b.WriteString(">" + escaped(text) + "</text>\n")
}

// box fills a rectangle.
func (c *canvas) box(x, y, w, h float64, class role) {
	c.tag("rect", "class", string(class), "x", number(x), "y", number(y),
		"width", number(w), "height", number(h))
	c.b.WriteString("/>\n")
}

// line draws from point to point.
func (c *canvas) line(class role, thick float64, points ...spot) {
	var path strings.Builder
	for i, p := range points {
		if i > 0 {
			path.WriteByte(' ')
		}
		path.WriteString(number(p.x) + "," + number(p.y))
	}
	c.tag("polyline", "class", string(class)+"-line", "stroke-width", number(thick),
		"points", path.String())
	c.b.WriteString("/>\n")
}

// dot marks a point.
func (c *canvas) dot(at spot, class role) {
	c.tag("circle", "class", string(class), "cx", number(at.x), "cy", number(at.y), "r", "3")
	c.b.WriteString("/>\n")
}

type spot struct{ x, y float64 }

// tag begins an element, which the caller ends.
func (c *canvas) tag(name string, attributes ...string) {
	c.b.WriteString("<" + name)
	for i := 0; i < len(attributes); i += 2 {
		c.attribute(attributes[i], attributes[i+1])
	}
}

func (c *canvas) attribute(name, value string) {
	c.b.WriteString(" " + name + `="` + escaped(value) + `"`)
}

// number has one digit after its point: a tenth of a pixel.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(strings.Replace(s, "-0.0", "0", 1), ".0")
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder accepts everything
	return b.String()
}
