package main

import (
	"bytes"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/results"
)

// shown returns the pictures of the sample and of what is committed.
func shown(t *testing.T) []*picture {
	t.Helper()
	r, err := results.Read(filepath.Join("..", "results", "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	return append(pictures(sample()), pictures(r)...)
}

// TestContrast: everything that is written can be read on its card, on a light page and on a dark
// one. WCAG 2 demands 4.5 (success criterion 1.4.3), and 3 for what is not text.
func TestContrast(t *testing.T) {
	for _, one := range written {
		fore, back := palette[one], palette[card]
		for page, pair := range map[string][2]string{
			"light": {fore.light, back.light}, "dark": {fore.dark, back.dark},
		} {
			if got := contrast(pair[0], pair[1]); got < 4.5 {
				t.Errorf("%s page: %s on its card has a contrast of %.2f", page, one, got)
			}
		}
	}
	if got := contrast("#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white has a contrast of %.2f, not 21", got)
	}
	// Every class used for a text was looked at, and every class has a tone.
	class := regexp.MustCompile(`<text class="([^"]*)"`)
	for _, p := range shown(t) {
		for _, m := range class.FindAllSubmatch(p.SVG(), -1) {
			if !strings.Contains(" "+joined(written)+" ", " "+string(m[1])+" ") {
				t.Errorf("%s: a text of class %q", p.Name, m[1])
			}
		}
	}
}

func joined(roles []role) string {
	var all []string
	for _, one := range roles {
		all = append(all, string(one))
	}
	return strings.Join(all, " ")
}

// contrast returns the contrast of two colours, by WCAG 2's definition.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	of := func(i int) float64 {
		n, err := strconv.ParseUint(colour[i:i+2], 16, 8)
		if err != nil {
			panic(err) // the palette's
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*of(1) + 0.7152*of(3) + 0.0722*of(5)
}

// TestRoomForAnyFont: in the widest of the usual faces no text lies on another, or leaves the card.
func TestRoomForAnyFont(t *testing.T) {
	for _, p := range shown(t) {
		all := p.draw().placed
		for i, a := range all {
			if a.left < 0 || a.right > width || a.top < 0 || a.bottom > p.height() {
				t.Errorf(
					"%s: %q leaves the card: %.0f to %.0f of %.0f, %.0f to %.0f of %.0f",
					p.Name,
					a.text,
					a.left,
					a.right,
					width,
					a.top,
					a.bottom,
					p.height(),
				)
			}
			for _, b := range all[:i] {
				if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
					t.Errorf("%s: %q and %q lie on each other", p.Name, a.text, b.text)
				}
			}
		}
	}
}

// TestPicturesSayWhatTheyShow: a reader who cannot see a picture gets its title and its figures,
// and a reader with a dark page gets a dark picture.
func TestPicturesSayWhatTheyShow(t *testing.T) {
	for _, p := range shown(t) {
		svg := p.SVG()
		for _, want := range []string{
			"<title id=\"title\">" + escaped(p.Title) + "</title>", "<desc id=\"description\">",
			`aria-labelledby="title description"`, "@media (prefers-color-scheme:dark)",
			"." + string(card) + "{fill:" + palette[card].dark + "}",
		} {
			if !bytes.Contains(svg, []byte(want)) {
				t.Errorf("%s: no %s", p.Name, want)
			}
		}
		for _, one := range p.panels {
			if text := one.describe(); !bytes.Contains(svg, []byte(escaped(text))) {
				t.Errorf("%s: its description lacks %q", p.Name, text)
			}
		}
	}
	const figures = ". Time for an event, server's share included:" +
		" minlambda 8.06 µs, aws-lambda-go 40.3 µs. "
	if got := overview(sample()).describe(); !strings.Contains(got, figures) {
		t.Errorf("the overview's description is %q", got)
	}
}
