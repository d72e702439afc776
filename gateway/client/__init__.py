"""The services behind the gateway: passing a caller's request on to them, and asking them for a page."""
