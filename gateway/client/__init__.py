"""The services behind the gateway: forwards a caller's requests to them, and calls them for the gateway's pages."""
