"""Routing: who must act. Holds the words and the agencies' work, never the sender's contact."""
