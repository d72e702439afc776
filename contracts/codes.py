"""The code of a report, which its reporter may text back, and the token: how they look, and what hides a code."""

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0, O, 1, I, L and U, which people confuse when they copy a code from one handset to another."""

CODE_LENGTH = 8
CODE_MASK = "[kode laporan]"
TOKEN_LENGTH = 22
"""Characters of the token by which a reporter follows a report: 128 bits in Base64 for URLs."""
