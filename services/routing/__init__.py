"""Routing: who must act. Keeps the reports' words and the agencies' work, never the sender's contact."""
