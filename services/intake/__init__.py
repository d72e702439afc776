"""Intake: who said it. The only place that holds a phone number, an e-mail address or a name."""
