"""The code of a report, which its reporter may text back: how it looks, and what stands for it in public words."""

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0, O, 1, I, L and U, which people confuse when they copy a code from one handset to another."""

CODE_LENGTH = 8
CODE_MASK = "[kode laporan]"
