package main

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// lines is a panel with a line for each peer, named at its end. Either both axes begin at zero, or
// both are logarithmic.
type lines struct {
	title string
	xAxis string
	unit  string // of y
	log   bool
	marks []mark // of x
	lines []series
}

// A mark is a place on an axis, with a label or without.
type mark struct {
	value float64
	label string
}

// A series is a peer's line: medians, and from the least to the most.
type series struct {
	name   string
	role   role
	points []point
}

type point struct{ x, y, lo, hi float64 }

const plotHeight = 210.0 // of the plot alone

func (l *lines) empty() bool     { return len(l.lines) == 0 }
func (l *lines) height() float64 { return headRoom + plotHeight + 3*small + 10 }

// A frame is where the plot lies, and what its axes show.
type frame struct {
	left, right, top, bottom float64
	x0, x1, y0, y1           float64
	log                      bool
}

func (f *frame) x(v float64) float64 { return f.left + (f.right-f.left)*f.part(v, f.x0, f.x1) }
func (f *frame) y(v float64) float64 { return f.bottom - (f.bottom-f.top)*f.part(v, f.y0, f.y1) }

// part returns how far v is on the way from a to b.
func (f *frame) part(v, a, b float64) float64 {
	if f.log {
		v, a, b = math.Log(v), math.Log(a), math.Log(b)
	}
	if a == b {
		return 0.5
	}
	return (v - a) / (b - a)
}

func (l *lines) draw(c *canvas, left, top, w float64) {
	c.text(left, top+normal/2, letter{class: ink, size: normal, bold: true}, l.title)
	f := l.frame(left, top, w)
	for _, m := range l.yMarks(f.y0, f.y1) {
		y := f.y(m.value)
		if m.label == "" {
			c.line(soft, 1, spot{f.left - 2, y}, spot{f.left, y})
			continue
		}
		c.line(grid, 1, spot{f.left, y}, spot{f.right, y})
		c.text(f.left-7, y, letter{class: soft, size: small, anchor: atEnd}, m.label)
	}
	free := math.Inf(-1)
	for _, m := range l.marks {
		x, half := f.x(m.value), roomFor(m.label, small, false)/2
		c.line(soft, 1, spot{x, f.bottom}, spot{x, f.bottom + 4})
		if x-half >= free && m.label != "" { // a label that would lie on another is left out
			c.text(
				x,
				f.bottom+6+small/2,
				letter{class: soft, size: small, anchor: atMiddle},
				m.label,
			)
			free = x + half + 6
		}
	}
	c.text((f.left+f.right)/2, f.bottom+2*small+10,
		letter{class: soft, size: small, anchor: atMiddle}, l.xAxis)
	c.line(soft, 1, spot{f.left, f.top}, spot{f.left, f.bottom}, spot{f.right, f.bottom})
	l.plot(c, f)
}

// frame leaves room for labels and names.
func (l *lines) frame(left, top, w float64) *frame {
	f := &frame{log: l.log, top: top + headRoom, x0: math.Inf(1), y0: math.Inf(1)}
	f.bottom = f.top + plotHeight
	names, labels := 0.0, 0.0
	for _, s := range l.lines {
		names = max(names, roomFor(s.name, normal, true)+10)
		for _, pt := range s.points {
			f.x0, f.x1 = min(f.x0, pt.x), max(f.x1, pt.x)
			f.y0, f.y1 = min(f.y0, pt.lo), max(f.y1, pt.hi)
		}
	}
	if l.log {
		f.x0, f.y0, f.y1 = f.x0/1.25, f.y0/1.3, f.y1*1.3
	} else {
		f.x0, f.y0, f.y1 = 0, 0, f.y1*1.05
	}
	for _, m := range l.yMarks(f.y0, f.y1) {
		labels = max(labels, roomFor(m.label, small, false)+7)
	}
	f.left, f.right = left+labels, left+w-names
	return f
}

// plot draws the lines and, at their ends, their names.
func (l *lines) plot(c *canvas, f *frame) {
	type name struct {
		series
		y float64
	}
	var names []name
	for _, s := range slices.Backward(l.lines) { // the first lies above the others
		var path []spot
		for _, pt := range s.points {
			at := spot{f.x(pt.x), f.y(pt.y)}
			path = append(path, at)
			if pt.hi > pt.lo {
				c.line(s.role, 1, spot{at.x, f.y(pt.lo)}, spot{at.x, f.y(pt.hi)})
			}
			c.dot(at, s.role)
		}
		c.line(s.role, 2, path...)
		names = append(names, name{s, path[len(path)-1].y})
	}
	// Names that would lie on each other move apart, the lowest first.
	slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(b.y, a.y) })
	free := f.bottom
	for _, n := range names {
		y := min(n.y, free)
		free = y - normal - 3
		c.text(f.right+8, y, letter{class: n.role, size: normal, bold: true}, n.name)
	}
}

func (l *lines) describe() string {
	var all []string
	for _, s := range l.lines {
		first, last := s.points[0], s.points[len(s.points)-1]
		all = append(all, s.name+" from "+results.Format(l.unit, first.y)+" to "+
			results.Format(l.unit, last.y))
	}
	return l.title + ", by " + l.xAxis + ": " + strings.Join(all, ", ") + "."
}

// yMarks returns powers of ten, with the numbers between them if they are few; or round numbers
// from zero.
func (l *lines) yMarks(least, most float64) (marks []mark) {
	if !l.log {
		step := math.Pow(10, math.Floor(math.Log10(most/2)))
		for _, m := range []float64{1, 2, 5} {
			if most/(step*m) <= 6 {
				step *= m
				break
			}
		}
		for i := 0; float64(i)*step <= most; i++ {
			v := float64(i) * step
			marks = append(marks, mark{v, tick(l.unit, v)})
		}
		return marks
	}
	few := most/least < 200
	for e := math.Floor(math.Log10(least)); math.Pow(10, e) <= most; e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < least || v > most {
				continue
			}
			one := mark{value: v}
			if m == 1 || few && (m == 2 || m == 5) {
				one.label = tick(l.unit, v)
			}
			marks = append(marks, one)
		}
	}
	return marks
}

// tick returns a value at an axis, with no more digits than it needs.
func tick(unit string, v float64) string {
	if v == 0 {
		return "0"
	}
	number, name, _ := strings.Cut(results.Format(unit, v), " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + name)
}
