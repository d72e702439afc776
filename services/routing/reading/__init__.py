"""Finds in a report's words its category, place and kind, and the personal data that must not become public."""
