"""The steps that every request to the gateway passes: routes, limits, the cache of answers, and errors."""
