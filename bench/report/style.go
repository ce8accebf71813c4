package main

import (
	"fmt"
	"strings"
)

// A role is the purpose of something in a picture. It decides the colour, on a light page and on a
// dark one.
type role string

const (
	card role = "card" // what everything lies on
	edge role = "edge" // of the card
	grid role = "grid"
	ink  role = "ink"
	soft role = "soft" // text that matters less; axes

	ours   role = "ours"
	kin    role = "kin" // ours in another form
	theirs role = "theirs"
	typed  role = "typed" // theirs in another form
	others role = "others"
)

// A tone is a colour on a light page and on a dark one, as #rrggbb.
type tone struct{ light, dark string }

// palette has every role's tone. A test checks the contrast of each text with the card.
var palette = map[role]tone{
	card:   {"#ffffff", "#0d1117"},
	edge:   {"#d0d7de", "#3d444d"},
	grid:   {"#eaeef2", "#21262d"},
	ink:    {"#1f2328", "#e6edf3"},
	soft:   {"#57606a", "#9198a1"},
	ours:   {"#0550ae", "#58a6ff"},
	kin:    {"#3b76c4", "#388bfd"},
	theirs: {"#bc4c00", "#f0883e"},
	typed:  {"#8f6a3a", "#d4a72c"},
	others: {"#636c76", "#848d97"},
}

// written lists the roles that texts have.
var written = []role{ink, soft, ours, kin, theirs, typed, others}

// roleOf returns the colour of a peer's line or bar.
func roleOf(peer string) role {
	switch {
	case peer == "minlambda":
		return ours
	case peer == "insequence" || peer == "net" || strings.HasPrefix(peer, "minlambda"):
		return kin
	case peer == "awslambdago" || peer == "awslambdago, processes":
		return theirs
	case strings.HasPrefix(peer, "awslambdago"):
		return typed
	default:
		return others
	}
}

// styleSheet gives each role a class that fills and one that strokes.
func styleSheet() string {
	var b strings.Builder
	b.WriteString("<style>\n")
	each := func(colour func(tone) string) {
		for _, one := range append([]role{card, edge, grid}, written...) {
			c := colour(palette[one])
			fmt.Fprintf(&b, ".%s{fill:%s}.%s-line{stroke:%s;fill:none}\n", one, c, one, c)
		}
	}
	each(func(t tone) string { return t.light })
	b.WriteString("@media (prefers-color-scheme:dark){\n")
	each(func(t tone) string { return t.dark })
	b.WriteString("}\n</style>\n")
	return b.String()
}

// Sizes of type, and distances, in pixels.
const (
	small  = 12.0
	normal = 13.0
	large  = 17.0
	margin = 20.0
	gap    = 28.0 // between panels
	width  = 800.0
)

// roomFor returns the room that a text takes in the widest of the usual sans-serif faces, DejaVu
// Sans and Verdana. A reader's own face is seldom as wide: a layout made with this has room in any
// face.
func roomFor(text string, size float64, bold bool) float64 {
	em := 0.0
	for _, r := range text {
		switch {
		case strings.ContainsRune("mwMW@%", r):
			em += 0.97
		case strings.ContainsRune("iljtfI.,:;!'|()[] -/", r):
			em += 0.41
		case r >= 'A' && r <= 'Z':
			em += 0.72
		default:
			em += 0.64
		}
	}
	if bold {
		em *= 1.1
	}
	return em * size
}

// fitted breaks a text into lines that fit in w.
func fitted(text string, w, size float64) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		longer := strings.TrimPrefix(line+" "+word, " ")
		if line != "" && roomFor(longer, size, false) > w {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	return append(lines, line)
}
