"""The gateway: the only part that the public reaches. It holds the hashes of keys, and no reports."""
