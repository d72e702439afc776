"""Work that nobody waits for: by the clock, on threads beside the worker's loop, and towards other people's servers."""
