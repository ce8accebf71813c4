package chart

import (
	"image/color"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Pictures lie on a white card with a thin edge, so that they can be read
// before a light page and before a dark one.
var (
	card = color.RGBA{255, 255, 255, 255}
	edge = color.RGBA{208, 215, 222, 255}
	ink  = color.RGBA{31, 35, 40, 255}
	soft = color.RGBA{101, 109, 118, 255}
	grid = color.RGBA{234, 238, 242, 255}

	blue   = color.RGBA{9, 105, 218, 255}
	pale   = color.RGBA{88, 152, 226, 255}
	orange = color.RGBA{207, 110, 20, 255}
	faint  = color.RGBA{222, 156, 90, 255}
	grey   = color.RGBA{139, 148, 158, 255}
)

// colour says whose a line or a bar is: ours are blue, aws-lambda-go's orange,
// all others grey.
func colour(peer string) color.Color {
	switch {
	case peer == "minlambda":
		return blue
	case peer == "insequence" || peer == "net" || strings.HasPrefix(peer, "minlambda"):
		return pale
	case peer == "awslambdago" || peer == "awslambdago, processes":
		return orange
	case strings.HasPrefix(peer, "awslambdago"):
		return faint
	default:
		return grey
	}
}

const (
	small  = vg.Length(9)
	normal = vg.Length(10)
	large  = vg.Length(12)
	margin = vg.Length(14)
)

// face is the type of size points. Its widths are Arial's and Helvetica's too,
// so that a reader without this very font sees the same picture.
func face(size vg.Length, bold bool) font.Font {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return f
}

// text is a style of text. It is aligned to the left and to its middle.
func text(size vg.Length, bold bool, c color.Color) draw.TextStyle {
	return draw.TextStyle{
		Color: c, Font: face(size, bold), XAlign: draw.XLeft, YAlign: draw.YCenter,
		Handler: draw.PlainTextHandler{Fonts: font.DefaultCache},
	}
}

// line is a style of line.
func line(width vg.Length, c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: width}
}
