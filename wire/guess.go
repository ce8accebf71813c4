package wire

// A guess predicts whether a non-blocking read will find data, and so is worth a system call. If
// the last ones found nothing, the next will probably find nothing either: a server that is asked
// again and again has the next event at hand, a server that is asked twice a minute does not. After
// each miss in a row the guess skips twice as many tries.
type guess struct {
	misses uint8 // in a row
	skip   uint8 // tries still to skip
}

const maxMisses = 5 // 31 tries skipped

func (g *guess) likely() bool {
	if g.skip > 0 {
		g.skip--
		return false
	}
	return true
}

func (g *guess) learn(found bool) {
	if found {
		g.misses = 0
		return
	}
	if g.misses < maxMisses {
		g.misses++
	}
	g.skip = 1<<g.misses - 1
}
