"""Reads a report's words: its category, its place, its kind, and the personal data that must not become public."""
