"""A worker's background work: timed ticks, long jobs on threads of their own, and deliveries to other servers."""
