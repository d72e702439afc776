"""Releases: numbered cuts of all datasets at one moment."""
