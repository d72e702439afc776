"""Who is calling: whatever proves it (today a key), the services are told of one `kit.caller.Caller`."""
