"""Makes the data of the recogniser of names; nothing that serves imports it."""
