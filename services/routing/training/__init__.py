"""Makes models of reports whose desk is known, and judges them. Nothing that serves imports it."""
