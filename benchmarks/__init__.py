"""What Dondoc can do, each figure as a ratio to the limit that is measured beside it in the same minutes."""
