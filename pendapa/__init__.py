"""The command line: the only place that puts the services together."""
