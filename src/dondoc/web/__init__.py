"""Pages for people: the units answer, the head decides and looks at the board. No script runs on any of them."""
