"""The error that ends a command, with a message for the person who ran it."""


class Fault(Exception):
    """The message explains it all; the command ends with `code`: 2 if it was called wrongly, 1 otherwise."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
