"""Backups of all stores of a server, and how they are brought back."""
