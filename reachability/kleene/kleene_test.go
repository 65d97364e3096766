package kleene_test

import (
	"testing"

	"github.com/agentcore-probe/probe/reachability/kleene"
)

// The tables are those of S. C. Kleene, Introduction to Metamathematics (1952),
// section 64, the strong connectives.
func TestTables(t *testing.T) {
	const no, maybe, yes = kleene.No, kleene.Maybe, kleene.Yes
	for _, tt := range []struct{ a, b, both, either kleene.Truth }{
		{yes, yes, yes, yes}, {yes, maybe, maybe, yes}, {yes, no, no, yes},
		{maybe, maybe, maybe, maybe}, {maybe, no, no, maybe}, {no, no, no, no},
	} {
		for _, pair := range [][2]kleene.Truth{{tt.a, tt.b}, {tt.b, tt.a}} {
			if both, either := kleene.Both(pair[0], pair[1]), kleene.Either(pair[0], pair[1]); both != tt.both || either != tt.either {
				t.Errorf("%v: both %d, either %d, want %d and %d", pair, both, either, tt.both, tt.either)
			}
		}
	}
	if yes.Not() != no || no.Not() != yes || maybe.Not() != maybe {
		t.Error("Not turns Yes and No around and leaves Maybe")
	}
	if kleene.Of(true) != yes || kleene.Of(false) != no {
		t.Error("what is known is Yes or No")
	}
}
