package inspect

// pieceLen is how many elements a piece of a list holds.
const pieceLen = 1 << 10

// list is an append-only sequence in pieces: growing it copies nothing and
// leaves at most one piece unused, so that a long record costs what it holds.
type list[T any] struct {
	pieces [][]T
	n      int
}

func (l *list[T]) len() int { return l.n }

// at is element i, which must be below len. The pointer stays valid, except in
// the first piece while it still grows: don't keep it over an add.
func (l *list[T]) at(i int) *T { return &l.pieces[i/pieceLen][i%pieceLen] }

func (l *list[T]) last() *T { return l.at(l.n - 1) }

func (l *list[T]) add(v T) {
	k := l.n / pieceLen
	if k == len(l.pieces) {
		var p []T
		if k > 0 {
			p = make([]T, 0, pieceLen)
		}
		l.pieces = append(l.pieces, p)
	}
	l.pieces[k] = append(l.pieces[k], v)
	l.n++
}

// pop drops the last element.
func (l *list[T]) pop() {
	l.n--
	k := l.n / pieceLen
	l.pieces[k] = l.pieces[k][:l.n%pieceLen]
	if len(l.pieces[k]) == 0 {
		l.pieces = l.pieces[:k]
	}
}

// search is the first index for which before is false: all elements for which
// it is true stand in front.
func (l *list[T]) search(before func(*T) bool) int {
	lo, hi := 0, l.n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if before(l.at(mid)) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
