"""What the gateway does with every request: routes, limits, the cache of answers, and errors."""
