"""What a person who runs the command is told when it cannot go on."""


class Fault(Exception):
    """The message explains it all; the command ends with `code`: 2 when what was asked cannot be, 1 otherwise."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
