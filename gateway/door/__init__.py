"""The public door: which requests there are, how large they may be, what is kept of their answers, how they fail."""
