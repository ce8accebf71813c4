package main

import (
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// bars is a panel of horizontal bars that begin at zero, each with its value
// beside it.
type bars struct {
	title string
	unit  string
	bars  []bar
}

type bar struct {
	name          string
	role          role
	value, lo, hi float64
}

const (
	pitch    = 22.0 // from one bar to the next
	thick    = 14.0
	headRoom = normal + 10
)

func (b *bars) empty() bool     { return len(b.bars) == 0 }
func (b *bars) height() float64 { return headRoom + float64(len(b.bars))*pitch }

func (b *bars) draw(c *canvas, left, top, w float64) {
	c.text(left, top+normal/2, letter{class: ink, size: normal, bold: true}, b.title)
	most, names, values := 0.0, 0.0, 0.0
	for _, bar := range b.bars {
		most = max(most, bar.value, bar.hi)
		names = max(names, roomFor(bar.name, normal, false)+8)
		values = max(values, roomFor(results.Format(b.unit, bar.value), normal, true)+8)
	}
	zero, full := left+names, w-names-values
	x := func(v float64) float64 {
		if most == 0 {
			return zero
		}
		return zero + full*v/most
	}
	top += headRoom
	for i, bar := range b.bars {
		y := top + float64(i)*pitch + pitch/2
		c.text(zero-8, y, letter{class: ink, size: normal, anchor: atEnd}, bar.name)
		c.box(zero, y-thick/2, x(bar.value)-zero, thick, bar.role)
		last := bar.value
		if bar.hi > bar.lo {
			c.line(card, 3, spot{max(zero, x(bar.lo)), y}, spot{x(bar.hi), y})
			c.line(ink, 1.25, spot{x(bar.lo), y}, spot{x(bar.hi), y})
			last = max(last, bar.hi)
		}
		value := results.Format(b.unit, bar.value)
		c.text(x(last)+6, y, letter{class: ink, size: normal, bold: true}, value)
	}
	c.line(soft, 1, spot{zero, top}, spot{zero, top + float64(len(b.bars))*pitch})
}

func (b *bars) describe() string {
	var all []string
	for _, bar := range b.bars {
		all = append(all, bar.name+" "+results.Format(b.unit, bar.value))
	}
	return b.title + ": " + strings.Join(all, ", ") + "."
}
