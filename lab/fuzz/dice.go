package fuzz

import (
	"fmt"
	"math/rand/v2"
)

// dice decide what a world looks like: the same seed throws the same.
type dice struct{ *rand.Rand }

func newDice(seed, world uint64) dice { return dice{rand.New(rand.NewPCG(seed, world))} }

// percent is true that often.
func (d dice) percent(n int) bool { return d.IntN(100) < n }

// between includes both ends.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// id is an AWS resource id.
func (d dice) id(prefix string) string { return fmt.Sprintf("%s-0%016x", prefix, d.Uint64()) }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }
