"""The benchmarks behind every speed we claim: `make bench` runs them all, each against its peer in the same run."""
