"""The public pages: home, data, API reference. Only the API reference has a script."""
