"""kafka-python may leave a socket open, on which it reached no broker or that took too long to close."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collected() -> Iterator[None]:
    """Collect such sockets in the block or at its end, where their warning is expected, and not within another test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
