package picture

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

// stop is where a line touches a box: at a row, or where row is negative at the
// headline.
type stop struct {
	box *box
	row int
}

// y is where a line touches; lines that touch the same place lie beside each
// other.
func (s stop) y(nth int) float64 {
	y := s.box.Y + headline/2
	if s.row >= 0 && s.row < len(s.box.Rows) {
		y = s.box.Rows[s.row].Y
	}
	return float64(y + nth%5*2 - 4)
}

// curve is a piece of a line: a cubic Bézier curve.
type curve [4][2]float64

func (c curve) at(t float64) (x, y int) {
	var p [2]float64
	for i := range p {
		u := 1 - t
		p[i] = u*u*u*c[0][i] + 3*u*u*t*c[1][i] + 3*u*t*t*c[2][i] + t*t*t*c[3][i]
	}
	return int(math.Round(p[0])), int(math.Round(p[1]))
}

func between(from, to stop, nth int) curve {
	x1, x2 := float64(from.box.X+boxWidth), float64(to.box.X)
	y1, y2 := from.y(nth), to.y(nth)
	if x2 < x1 { // to the same column, or back: around the right side
		x2 = float64(to.box.X + boxWidth)
		return curve{{x1, y1}, {x1 + gapWidth*.8, y1}, {x2 + gapWidth*.8, y2}, {x2, y2}}
	}
	bend := min((x2-x1)/2, gapWidth)
	return curve{{x1, y1}, {x1 + bend, y1}, {x2 - bend, y2}, {x2, y2}}
}

// line draws a path. It is false where nothing of the path is known.
func (d *drawing) line(nth int, p netpath.Path) (Line, bool) {
	stops, arrival := d.stops(p)
	if len(stops) < 2 {
		return Line{}, false
	}
	var curves []curve
	var data strings.Builder
	for i := 1; i < len(stops); i++ {
		c := between(stops[i-1], stops[i], nth)
		curves = append(curves, c)
		fmt.Fprintf(&data, "M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f", c[0][0], c[0][1], c[1][0], c[1][1], c[2][0], c[2][1], c[3][0], c[3][1])
		if stops[i].box.open {
			fmt.Fprintf(&data, "h%d", boxWidth)
		}
	}
	line := Line{ID: p.ID, Verdict: "waiting", Curve: data.String()}
	i := slices.IndexFunc(d.scene.Report.Paths, func(r report.Path) bool { return r.ID == p.ID })
	if i < 0 {
		return line, true
	}
	judged := d.scene.Report.Paths[i]
	line.Verdict = string(judged.Verdict)
	if line.Mark, line.Hop = MarkOf(judged); line.Mark != MarkNone {
		line.X, line.Y = mark(curves, arrival, line.Hop)
	}
	return line, true
}

// MarkOf says at which hop a path ends or limps, and whether that is as it should
// be.
func MarkOf(p report.Path) (Mark, netpath.HopName) {
	kind := MarkBroken
	switch {
	case p.Verdict == netpath.VerdictExposed, p.Verdict == netpath.VerdictOK && p.Expect == netpath.ExpectReachable:
		return MarkNone, ""
	case p.Verdict == netpath.VerdictOK:
		kind = MarkShut
	}
	for _, wanted := range []func(report.Hop) bool{
		func(h report.Hop) bool { return h.Status == netpath.StatusFail },
		func(h report.Hop) bool { return len(h.Flaws) > 0 },
	} {
		if i := slices.IndexFunc(p.Hops, wanted); i >= 0 {
			return kind, p.Hops[i].Name
		}
	}
	return MarkNone, ""
}

// How far along its way a packet meets a hop, and along what lies behind its
// destination a request does.
var (
	onTheWay = map[netpath.HopName]float64{
		netpath.HopResolver: .05, netpath.HopSourceSG: .12, netpath.HopSourceNACL: .2, netpath.HopRoute: .45, netpath.HopEndpoint: .6,
		netpath.HopDestNACL: .8, netpath.HopDestSG: .88, netpath.HopTCP: .95, netpath.HopTLS: 1,
	}
	behind = map[netpath.HopName]float64{
		netpath.HopSignature: .1, netpath.HopToken: .1, netpath.HopIdentityPolicy: .3, netpath.HopEndpointPolicy: .5, netpath.HopResourcePolicy: .75,
	}
)

// mark is where a hop lies on a line whose packets arrive at the stop with this
// number: an endpoint's interface for some, the last stop for others.
func mark(curves []curve, arrival int, hop netpath.HopName) (x, y int) {
	if along, ok := onTheWay[hop]; ok {
		whole, part := math.Modf(along * float64(arrival))
		if int(whole) >= arrival {
			whole, part = float64(arrival-1), 1
		}
		return curves[int(whole)].at(part)
	}
	if arrival >= len(curves) {
		return curves[len(curves)-1].at(1)
	}
	along, ok := behind[hop]
	if !ok {
		along = 1
	}
	return curves[len(curves)-1].at(along)
}
