package main

import "github.com/minlambda/minlambda/bench/internal/results"

// An adder adds a row to a sample.
type adder func(section, which string, x float64, peer string, figures map[string]float64)

// sample returns a run that nobody has measured: three rounds of each figure, one per cent apart,
// with numbers that are easy to check.
func sample() *results.Results {
	r := &results.Results{
		Date:    "2001-02-03T04:05:06Z",
		Machine: map[string]string{"processor": "Imaginary 3000", "processors": "2"},
		Versions: map[string]string{
			"go": "go1.99", "section echo": "abc go1.99", "section loops": "abc go1.99",
		},
	}
	add := func(section, which string, x float64, peer string, figures map[string]float64) {
		row := results.Row{
			Section: section, Case: which, X: x, Peer: peer, Figures: map[string]results.Figure{},
		}
		for unit, v := range figures {
			row.Figures[unit] = results.Figure{v * 0.99, v, v * 1.01}
		}
		r.Rows = append(r.Rows, row)
	}
	sampleOfEchoes(add)
	sampleOfStarts(add)
	sampleOfRests(add)
	sampleOfGrowth(add)
	sampleOfWork(add)
	for _, which := range []string{"next", "context"} {
		add("head", which, 0, "minlambda", map[string]float64{"ns/op": 120, "allocs/op": 0})
		add("head", which, 0, "nethttp", map[string]float64{"ns/op": 3600, "allocs/op": 30})
		add("head", which, 0, "fasthttp", map[string]float64{"ns/op": 700, "allocs/op": 1})
	}
	return r
}

// named is a case with its place on an axis.
type named struct {
	name string
	x    float64
}

func sampleOfEchoes(add adder) {
	for _, size := range []named{
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
					"p50-ns":    peer.base, "p99-ns": 2 * peer.base,
					"allocs/op": peer.allocs, "B/op": peer.bytes + peer.allocs*size.x/100,
					"rss-bytes": peer.rss + 2*size.x, "peak-rss-bytes": peer.rss + 3*size.x,
				})
			}
		}
	}
}

func sampleOfStarts(add adder) {
	for i, which := range []string{"warm", "cold"} {
		scale := float64(1 + 4*i)
		for _, one := range []struct {
			peer        string
			start, size float64
		}{
			{"minlambda", 1.2e6, 1.5e6},
			{"awslambdago", 4.1e6, 6.3e6},
			{"awslambdago-rpc", 4.5e6, 8.3e6},
			{"floor", 1.1e6, 1.3e6},
		} {
			add("coldstart", which, 0, one.peer, map[string]float64{
				"ns/op": one.start * scale, "binary-bytes": one.size,
			})
		}
	}
}

// sampleOfGrowth adds what more of something costs.
func sampleOfGrowth(add adder) {
	for _, n := range []named{{"0", 0}, {"8", 8}, {"32", 32}, {"128", 128}} {
		for _, one := range []struct {
			peer                     string
			time, more, cpu, moreCPU float64
		}{
			{"minlambda", 8000, 20, 4000, 15},
			{"awslambdago", 40000, 300, 24000, 280},
			{"floor", 7800, 10, 3900, 5},
		} {
			add("headers", n.name, n.x, one.peer, map[string]float64{
				"ns/op": one.time + one.more*n.x, "cpu-ns/op": one.cpu + one.moreCPU*n.x,
			})
		}
	}
	for _, n := range []named{{"1", 1}, {"4", 4}, {"16", 16}, {"64", 64}} {
		for _, one := range []struct {
			peer              string
			time, first, more float64
		}{
			{"minlambda", 8000, 2.5e6, 50e3},
			{"minlambda, processes", 8500, 0, 2.5e6},
			{"awslambdago, processes", 40000, 0, 11e6},
		} {
			add("loops", n.name, n.x, one.peer, map[string]float64{
				"ns/op": one.time / min(n.x, 2), "rss-bytes": one.first + one.more*n.x,
			})
		}
	}
}

// sampleOfWork adds what handlers cost that do something, and several events at a time.
func sampleOfWork(add adder) {
	for i, peer := range []string{
		"minlambda", "minlambda-typed", "awslambdago", "awslambdago-typed",
	} {
		k := float64(1 + i)
		for _, which := range []string{"json", "typed"} {
			add("handlers", which, 14, peer, map[string]float64{
				"ns/op": 10e3 * k, "cpu-ns/op": 5e3 * k, "allocs/op": k - 1,
			})
		}
	}
	for i, peer := range []string{"minlambda", "awslambdago"} {
		k := float64(1 + i)
		for _, n := range []named{{"64KiB", 64 << 10}, {"1MiB", 1 << 20}, {"40MiB", 40 << 20}} {
			add("streams", n.name, n.x, peer, map[string]float64{
				"first-byte-ns": 60e3 * k, "64KiB-ns": 33e3 * k, "ns/op": n.x * k, "cpu-ns/op": n.x,
			})
		}
		for _, n := range []named{{"1", 1}, {"8", 8}, {"64", 64}, {"256", 256}} {
			add("concurrent", n.name, n.x, peer, map[string]float64{
				"ns/op": 50e3 * k, "cpu-ns/op": 20e3 * k, "rss-bytes": 2e6*k + 50e3*n.x,
				"idle-rss-bytes": 2e6 * k, "threads": n.x + 4,
			})
		}
		add("log", "attributes", 0, peer, map[string]float64{"cpu-ns/op": 400 * k, "allocs/op": k})
	}
}

// sampleOfRests adds what peers cost that rest between two events.
func sampleOfRests(add adder) {
	for i, peer := range []string{"minlambda-typed", "minlambda-lambda", "awslambdago-typed"} {
		k := float64(1 + i)
		add("sparse-typed", "50ms", 50, peer, map[string]float64{
			"p50-ns": 80e3 * k, "cpu-ns/op": 110e3 * k,
		})
	}
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
