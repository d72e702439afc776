"""Gateway: the one public door. Holds keys, and no reports."""
