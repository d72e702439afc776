"""The datasets: each is declared in one file, and everything else about it follows from that."""
