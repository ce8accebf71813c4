package chart

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// lines is a panel with a line for each peer, named at its end. Its axes begin
// at zero, or are logarithmic both.
type lines struct {
	title string
	xAxis string
	unit  string // of y
	log   bool
	ticks []plot.Tick // of x
	lines []series
	right vg.Length // space for the names at least
}

// A series is a peer's line: medians, and from the least to the most.
type series struct {
	name   string
	color  color.Color
	points []point
}

type point struct{ x, y, lo, hi float64 }

func (l *lines) draw(c draw.Canvas) {
	c.FillText(text(normal, true, ink), vg.Point{X: c.Min.X, Y: c.Max.Y - normal/2}, l.title)

	p := plot.New()
	p.BackgroundColor = color.Transparent
	p.X.Label.Text = l.xAxis
	p.X.Label.TextStyle.Font, p.X.Label.TextStyle.Color = face(small, false), soft
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle, axis.Tick.LineStyle = line(0.75, soft), line(0.75, soft)
		axis.Tick.Label.Font, axis.Tick.Label.Color = face(small, false), soft
		axis.Tick.Length = 4
		axis.Padding = 0
	}
	p.X.Label.Padding = 3
	p.X.Tick.Marker = plot.ConstantTicks(l.ticks)
	l.ranges(p)
	if l.log {
		p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	}
	p.Y.Tick.Marker = plot.ConstantTicks(l.yTicks(p.Y.Min, p.Y.Max))
	p.Add(across{}, l)

	right := l.right
	for _, s := range l.lines {
		right = max(right, text(normal, true, ink).Width(s.name)+10)
	}
	p.Draw(draw.Crop(c, 0, -right, 0, -normal-10))
}

// ranges sets where the axes begin and end.
func (l *lines) ranges(p *plot.Plot) {
	for _, s := range l.lines {
		for _, pt := range s.points {
			p.X.Min, p.X.Max = min(p.X.Min, pt.x), max(p.X.Max, pt.x)
			p.Y.Min, p.Y.Max = min(p.Y.Min, pt.lo), max(p.Y.Max, pt.hi)
		}
	}
	if !l.log {
		p.X.Min, p.Y.Min, p.Y.Max = 0, 0, p.Y.Max*1.05
		return
	}
	p.X.Min /= 1.25
	p.Y.Min, p.Y.Max = p.Y.Min/1.3, p.Y.Max*1.3
}

// yTicks are powers of ten, with the numbers between them where there are few;
// or round numbers from zero.
func (l *lines) yTicks(least, most float64) (ticks []plot.Tick) {
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
			ticks = append(ticks, plot.Tick{Value: v, Label: tick(l.unit, v)})
		}
		return ticks
	}
	few := most/least < 200
	for e := math.Floor(math.Log10(least)); math.Pow(10, e) <= most; e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < least || v > most {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || few && (m == 2 || m == 5) {
				t.Label = tick(l.unit, v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// Plot draws the lines, for package plot.
func (l *lines) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	type end struct {
		series
		at vg.Point
	}
	var ends []end
	for _, s := range slices.Backward(l.lines) { // the first lies above the others
		var path []vg.Point
		for _, pt := range s.points {
			at := vg.Point{X: x(pt.x), Y: y(pt.y)}
			path = append(path, at)
			c.StrokeLine2(line(0.75, s.color), at.X, y(pt.lo), at.X, y(pt.hi))
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: s.color, Radius: 2.25, Shape: draw.CircleGlyph{}}, at)
		}
		c.StrokeLines(line(1.75, s.color), path)
		ends = append(ends, end{s, path[len(path)-1]})
	}
	// Names that would lie on each other move apart, the lowest first.
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(a.at.Y, b.at.Y) })
	free := c.Min.Y
	for _, e := range ends {
		e.at.Y = max(e.at.Y, free)
		free = e.at.Y + normal + 2
		e.at.X = c.Max.X + 6
		c.FillText(text(normal, true, e.color), e.at, e.name)
	}
}

// across is a thin line at each labelled tick of the y axis.
type across struct{}

func (across) Plot(c draw.Canvas, p *plot.Plot) {
	g := plotter.NewGrid()
	g.Vertical = line(0, color.Transparent)
	g.Horizontal = line(0.75, grid)
	g.Plot(c, p)
}

const linesHeight = vg.Length(230)
