package chart

import (
	"bytes"
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Picture is a card with panels, side by side in rows.
type Picture struct {
	Name    string // of its file, without .svg
	Title   string // what is shown
	Note    string // a smaller line below it: under which conditions
	section string // that it shows
	across  int    // panels in a row
	height  vg.Length
	panels  []panel
}

// A panel is one coordinate system.
type panel interface{ draw(c draw.Canvas) }

const (
	width      = vg.Length(580)
	titleSpace = vg.Length(40)
	gap        = vg.Length(24)
)

func (p *Picture) rows() int { return (len(p.panels) + p.across - 1) / p.across }

func (p *Picture) size() (w, h vg.Length) {
	n := vg.Length(p.rows())
	return width, 2*margin + titleSpace + n*p.height + (n-1)*gap
}

// Draw draws the picture on a canvas of its size.
func (p *Picture) Draw(c draw.Canvas) {
	c.FillPolygon(card, corners(c.Rectangle))
	in := draw.Crop(c, 0.5, -0.5, 0.5, -0.5)
	c.StrokeLines(line(1, edge), append(corners(in.Rectangle), in.Min))

	c.FillText(text(large, true, ink), vg.Point{X: margin, Y: c.Max.Y - margin - large/2}, p.Title)
	c.FillText(text(small, false, soft), vg.Point{X: margin, Y: c.Max.Y - margin - large - small}, p.Note)

	body := draw.Crop(c, margin, -margin, margin, -margin-titleSpace)
	w := (body.Max.X - body.Min.X - vg.Length(p.across-1)*gap) / vg.Length(p.across)
	for i, panel := range p.panels {
		left := body.Min.X + vg.Length(i%p.across)*(w+gap)
		top := body.Max.Y - vg.Length(i/p.across)*(p.height+gap)
		panel.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: top - p.height},
			Max: vg.Point{X: left + w, Y: top},
		}})
	}
}

// SVG is the picture as a file.
func (p *Picture) SVG() ([]byte, error) {
	c := vgsvg.New(p.size())
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("%s.svg: %w", p.Name, err)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// Markdown shows the picture, whose file is in dir, which ends with a slash or
// is empty. Who cannot see it reads what it is about.
func (p *Picture) Markdown(dir string) string {
	return fmt.Sprintf("![%s: %s](%s%s.svg)", p.Title, p.Note, dir, p.Name)
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}
