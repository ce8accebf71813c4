package wire

// A guess says whether a read that doesn't wait is worth a system call. If the
// last ones found nothing, so will the next, most likely: a server that is
// asked again and again has the next event at hand, one that is asked twice a
// minute has not. After each miss in a row twice as many tries are left out.
type guess struct {
	misses uint8 // in a row
	skip   uint8 // tries still to be left out
}

const maxMisses = 5 // 31 tries left out

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
