"""The transparency log: a Merkle tree of commitments, its tiles and its signed heads. It knows nothing of reports."""
