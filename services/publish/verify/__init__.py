"""Checks a downloaded release offline, by the forms and the columns that the release itself declares."""
