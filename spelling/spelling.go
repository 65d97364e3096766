// Package spelling finds the word that was probably meant.
package spelling

import "unicode/utf8"

// Nearest returns the known word that is fewest edits away from word: letters
// added, left out, changed, or two neighbours in the wrong order. It returns ""
// where none is near, which is a third of the word's letters, at least one.
func Nearest(word string, known []string) string {
	best, fewest := "", max(1, utf8.RuneCountInString(word)/3)+1
	for _, k := range known {
		if d := distance([]rune(word), []rune(k)); d < fewest {
			best, fewest = k, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: Damerau's, with no part
// edited twice.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
