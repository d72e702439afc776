"""The version of this software: the wheel, the image, `/healthz` and `pendapa --version` all say it."""

from typing import Final

VERSION: Final = "0.1.0"
"""By Semantic Versioning 2.0.0; what each part of it promises is in docs/compatibility.md."""

ALIVE: Final = f"ok\nversion: {VERSION}\n"
"""What `/healthz` of a process says while it is not stuck."""
