package main

import "github.com/minlambda/minlambda/bench/internal/results"

// sample is a run that nobody has measured: three rounds of each figure, one
// per cent apart, with numbers that are easy to check.
func sample() *results.Results {
	r := &results.Results{
		Date:    "2001-02-03T04:05:06Z",
		Machine: map[string]string{"processor": "Imaginary 3000", "processors": "2"},
		Versions: map[string]string{
			"go":            "go1.99",
			"section echo":  "abc go1.99",
			"section loops": "abc go1.99",
		},
	}
	add := func(section, which string, x float64, peer string, figures map[string]float64) {
		row := results.Row{
			Section: section,
			Case:    which,
			X:       x,
			Peer:    peer,
			Figures: map[string]results.Figure{},
		}
		for unit, v := range figures {
			row.Figures[unit] = results.Figure{v * 0.99, v, v * 1.01}
		}
		r.Rows = append(r.Rows, row)
	}
	for _, size := range []struct {
		name string
		x    float64
	}{
		{"0B", 0}, {"128B", 128}, {"2048B", 2048}, {"2049B", 2049}, {"64KiB", 64 << 10},
		{"1MiB", 1 << 20}, {"6MiB", 6 << 20},
	} {
		for _, peer := range []struct {
			name       string
			base, per  float64
			allocs     float64
			rss, bytes float64
		}{
			{"minlambda", 8000, 0.5, 0, 2.5e6, 0},
			{"net", 11000, 0.52, 0, 4e6, 0},
			{"awslambdago", 40000, 2, 136, 11e6, 11000},
			{"floor", 7500, 0.49, 0, 1.9e6, 0},
		} {
			for _, section := range []string{"echo", "echo-pinned"} {
				add(section, size.name, size.x, peer.name, map[string]float64{
					"ns/op":     peer.base + peer.per*size.x,
					"cpu-ns/op": peer.base/2 + peer.per*size.x,
					"p50-ns":    peer.base, "p99-ns": 2 * peer.base, "allocs/op": peer.allocs,
					"B/op":      peer.bytes + peer.allocs*size.x/100,
					"rss-bytes": peer.rss + 2*size.x, "peak-rss-bytes": peer.rss + 3*size.x,
				})
			}
		}
	}
	for i, which := range []string{"warm", "cold"} {
		scale := float64(1 + 4*i)
		add(
			"coldstart",
			which,
			0,
			"minlambda",
			map[string]float64{"ns/op": 1.2e6 * scale, "binary-bytes": 1.5e6},
		)
		add(
			"coldstart",
			which,
			0,
			"awslambdago",
			map[string]float64{"ns/op": 4.1e6 * scale, "binary-bytes": 6.3e6},
		)
		add(
			"coldstart",
			which,
			0,
			"awslambdago-rpc",
			map[string]float64{"ns/op": 4.5e6 * scale, "binary-bytes": 8.3e6},
		)
		add(
			"coldstart",
			which,
			0,
			"floor",
			map[string]float64{"ns/op": 1.1e6 * scale, "binary-bytes": 1.3e6},
		)
	}
	sampleOfRests(add)
	for _, n := range []struct {
		name string
		x    float64
	}{{"0", 0}, {"8", 8}, {"32", 32}, {"128", 128}} {
		add(
			"headers",
			n.name,
			n.x,
			"minlambda",
			map[string]float64{"ns/op": 8000 + 20*n.x, "cpu-ns/op": 4000 + 15*n.x},
		)
		add(
			"headers",
			n.name,
			n.x,
			"awslambdago",
			map[string]float64{"ns/op": 40000 + 300*n.x, "cpu-ns/op": 24000 + 280*n.x},
		)
		add(
			"headers",
			n.name,
			n.x,
			"floor",
			map[string]float64{"ns/op": 7800 + 10*n.x, "cpu-ns/op": 3900 + 5*n.x},
		)
	}
	for _, n := range []struct {
		name string
		x    float64
	}{{"1", 1}, {"4", 4}, {"16", 16}, {"64", 64}} {
		add(
			"loops",
			n.name,
			n.x,
			"minlambda",
			map[string]float64{"ns/op": 8000 / min(n.x, 2), "rss-bytes": 2.5e6 + 50e3*n.x},
		)
		add(
			"loops",
			n.name,
			n.x,
			"minlambda, processes",
			map[string]float64{"ns/op": 8500 / min(n.x, 2), "rss-bytes": 2.5e6 * n.x},
		)
		add(
			"loops",
			n.name,
			n.x,
			"awslambdago, processes",
			map[string]float64{"ns/op": 40000 / min(n.x, 2), "rss-bytes": 11e6 * n.x},
		)
	}
	for _, which := range []string{"next", "context"} {
		add("head", which, 0, "minlambda", map[string]float64{"ns/op": 120, "allocs/op": 0})
		add("head", which, 0, "nethttp", map[string]float64{"ns/op": 3600, "allocs/op": 30})
		add("head", which, 0, "fasthttp", map[string]float64{"ns/op": 700, "allocs/op": 1})
	}
	return r
}

// sampleOfRests is what peers cost that rest between two events.
func sampleOfRests(
	add func(section, which string, x float64, peer string, figures map[string]float64),
) {
	for i, peer := range []string{"minlambda", "net", "awslambdago", "bare", "c"} {
		k := float64(1 + i)
		for _, rest := range []struct {
			name string
			x    float64
		}{{"0.5ms", 0.5}, {"5ms", 5}, {"50ms", 50}} {
			figures := map[string]float64{
				"ns/op": 70e3 * k, "p50-ns": 60e3 * k, "cpu-ns/op": 90e3 * k, "switches/op": 2 * k,
				"syscalls/op": 3 * k, "syscalls-read/op": k,
			}
			add("sparse", rest.name, rest.x, peer, figures)
		}
		frozen := map[string]float64{"ns/op": 80e3 * k, "p50-ns": 75e3 * k}
		add("frozen", "SIGCONT, then event", 2, peer, frozen)
		add("quota", "1/14, 5 ms", 5, peer, map[string]float64{"ns/op": 91e3 * k})
		first := map[string]float64{"ns/op": 120e3 * k, "start-ns": 1.3e6 * k}
		add("first", "first", 0, peer, first)
	}
}
