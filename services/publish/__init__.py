"""Publish: what anyone may know. Nothing private can leak from it, because nothing private enters it."""
