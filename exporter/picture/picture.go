// Package picture draws a network as a probe sees it: boxes for what stands in it,
// and a line for each path, with a mark where it is broken. It is geometry: colours
// and type are a page's business.
package picture

import (
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// Scene is what is to be drawn.
type Scene struct {
	Network *vpc.Index     // nil where nothing was read
	Paths   []netpath.Path // the planned ones
	Report  report.Report  // how they stand; a path without a result is drawn as waiting
}

// Picture is a drawing in units of a pixel.
type Picture struct {
	Width, Height int
	Boxes         []Box
	Lines         []Line
}

// Box is something that stands in the network, or outside of it.
type Box struct {
	X, Y, W, H int
	Place      Place
	Title      string
	Rows       []Row
}

// Place is whose network a box stands in.
type Place string

// The places.
const (
	PlaceVPC      Place = "vpc"
	PlaceAWS      Place = "aws"      // AWS's own networks
	PlaceInternet Place = "internet" //
	PlaceOnPrem   Place = "onprem"
)

// Row is a line of a box's text.
type Row struct {
	Y    int // its middle
	Text string
}

// Line is a path.
type Line struct {
	ID      string
	Verdict string
	Curve   string // path data of SVG
	Mark    Mark
	X, Y    int // of the mark
	Hop     netpath.HopName
}

// Mark says what happens to a path at a hop.
type Mark string

// The marks. A path that must be shut has one where it is.
const (
	MarkNone   Mark = ""
	MarkBroken Mark = "broken"
	MarkShut   Mark = "shut"
)

// Sizes.
const (
	columns   = 5
	boxWidth  = 228
	gapWidth  = 56
	gapHeight = 18
	rowHeight = 17
	headline  = 26 // of a box
	margin    = 10
	maxText   = 29 // characters of a row
)

// Draw draws a scene.
func Draw(s Scene) Picture {
	d := newDrawing(s)
	p := Picture{Width: 2*margin + columns*boxWidth + (columns-1)*gapWidth, Height: d.arrange()}
	for _, column := range d.columns {
		for _, b := range column {
			if !b.open {
				p.Boxes = append(p.Boxes, b.Box)
			}
		}
	}
	for i, path := range s.Paths {
		if line, ok := d.line(i, path); ok {
			p.Lines = append(p.Lines, line)
		}
	}
	return p
}

// arrange gives every box its place and returns the height of the picture.
func (d *drawing) arrange() int {
	tallest := 0
	heights := make([]int, columns)
	for c, column := range d.columns {
		for _, b := range column {
			b.W, b.H = boxWidth, headline+len(b.Rows)*rowHeight+8
			heights[c] += b.H + gapHeight
		}
		tallest = max(tallest, heights[c])
	}
	for c, column := range d.columns {
		y := margin + (tallest-heights[c])/2
		for _, b := range column {
			b.X, b.Y = margin+c*(boxWidth+gapWidth), y
			for i := range b.Rows {
				b.Rows[i].Y = y + headline + i*rowHeight + rowHeight/2
			}
			y += b.H + gapHeight
		}
	}
	return tallest + 2*margin - min(tallest, gapHeight)
}

// short cuts a text off at the width of a row.
func short(text string) string {
	if letters := []rune(text); len(letters) > maxText {
		return string(letters[:maxText-1]) + "…"
	}
	return text
}
