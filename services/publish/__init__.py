"""Publish: the public records. Nothing private can leak from it, because nothing private enters it."""
