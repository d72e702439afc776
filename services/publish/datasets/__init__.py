"""What is published: each dataset is declared in one file, and all else about it follows from that."""
