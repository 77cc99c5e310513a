"""Search over everything: what can be found, the index of it, and the answers."""
