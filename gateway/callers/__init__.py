"""Finds out who is calling, today by a key, and makes it a `kit.caller.Caller` for the services."""
