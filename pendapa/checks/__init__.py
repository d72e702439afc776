"""What `pendapa check` looks at, a module for each kind; each fault is one line."""
