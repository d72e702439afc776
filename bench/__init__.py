"""The benchmarks behind every speed we claim: `make bench` runs them all, each beside its peer in the same run."""
