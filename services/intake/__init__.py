"""Intake takes in reports and messages. Only it holds a phone number, an e-mail address or a name."""
