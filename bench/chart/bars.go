package chart

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars is a panel of horizontal bars that begin at zero, each with its value
// beside it.
type bars struct {
	title string
	unit  string
	bars  []bar
	label vg.Length // space for the names; 0 is what the longest one needs
}

type bar struct {
	name          string
	color         color.Color
	value, lo, hi float64
}

const pitch = vg.Length(19) // from one bar to the next

func (b *bars) draw(c draw.Canvas) {
	plain, bold := text(normal, false, ink), text(normal, true, ink)
	c.FillText(bold, vg.Point{X: c.Min.X, Y: c.Max.Y - normal/2}, b.title)
	most := 0.0
	label, value := b.label, vg.Length(0)
	for _, bar := range b.bars {
		most = max(most, bar.value, bar.hi)
		if b.label == 0 {
			label = max(label, plain.Width(bar.name)+8)
		}
		value = max(value, bold.Width(Format(b.unit, bar.value))+8)
	}
	zero := c.Min.X + label
	full := c.Max.X - value - zero
	x := func(v float64) vg.Length {
		if most == 0 {
			return zero
		}
		return zero + full*vg.Length(v/most)
	}
	top := c.Max.Y - normal - 8
	for i, bar := range b.bars {
		mid := top - vg.Length(i)*pitch - pitch/2
		c.FillText(plain, vg.Point{X: c.Min.X, Y: mid}, bar.name)
		c.FillPolygon(bar.color, corners(vg.Rectangle{
			Min: vg.Point{X: zero, Y: mid - 6},
			Max: vg.Point{X: x(bar.value), Y: mid + 6},
		}))
		end := bar.value
		if bar.hi > bar.lo {
			c.StrokeLine2(line(1, ink), x(bar.lo), mid, x(bar.hi), mid)
			end = max(end, bar.hi)
		}
		c.FillText(bold, vg.Point{X: x(end) + 5, Y: mid}, Format(b.unit, bar.value))
	}
	c.StrokeLine2(line(1, soft), zero, top, zero, top-vg.Length(len(b.bars))*pitch)
}

// barsHeight is what n bars need.
func barsHeight(n int) vg.Length { return normal + 8 + vg.Length(n)*pitch }
