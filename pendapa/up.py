"""`pendapa up`: checks its arguments, the region and the data folder, and then starts the footing."""

import gc
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from contracts.region.drawn import Drawn
from kit import files
from kit.file_checks import check_room
from kit.health import NotReady
from pendapa import sandbox as sandboxes
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.plan import Order
from pendapa.region import load_to_serve
from pendapa.screen import err


def up(
    footing: Footing,
    host: str,
    port: int,
    data: Path,
    region_path: Path,
    public_url: str | None,
    *,
    private_webhooks: bool = False,
    sandbox: bool = False,
) -> None:
    """Run until Ctrl-C. Raises `Fault`."""
    began = time.monotonic()
    if words := files.warning(files.raise_limit()):
        err.print(words)
    public_url = address(public_url) if public_url else None
    home = Home(sandboxes.folder(data, footing, sandbox=sandbox), footing)
    drawn = Drawn(home.folder / "outlines.json", region_path)
    region, warnings = load_to_serve(region_path, drawn)
    with home.held(), _listener(host, port) as listener:
        try:
            if home.is_sandbox:
                sandboxes.empty_if_of_another_day(home, region.zone)
            keys, secrets = home.prepare(region)
            drawn.keep()
        except OSError as error:
            raise Fault(f"The data folder cannot be used: {error.filename or data}: {error.strerror}") from error
        try:
            check_room(home.store, str(home.store))
        except NotReady as error:  # told now, as a database only says that it cannot be opened
            raise Fault(str(error), 1) from error
        for warning in warnings:
            err.print(f"Warning: {warning}", markup=False)
        port = listener.getsockname()[1]
        url = public_url or f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
        order = Order(home, region, region_path.resolve(), host, port, url, private_webhooks, keys, secrets)
        # Imported here: each is slow to load, and `--help` or an error needs neither.
        if footing is Footing.embedded:
            from pendapa import embedded

            _collect_garbage()
            night = embedded.run(order, listener, began)
            if night:
                sandboxes.start_again()
        else:
            from pendapa import distributed

            _collect_garbage()
            distributed.run(order, listener, began)


def _collect_garbage() -> None:
    """From now on, and nothing of what is there: all of it is needed to the end."""
    gc.freeze()
    gc.enable()


def address(url: str) -> str:
    """The server's address without a slash at its end. Raises `Fault` if it cannot be one."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Fault(f"{url!r} is not the address of a server, such as http://localhost:8000")
    return url.rstrip("/")


def _listener(host: str, port: int) -> socket.socket:
    """The port, taken before anything else is done, so that a port in use is one clear line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        words = f"Port {port} of {host} cannot be had: {error.strerror}. Choose another: make run PORT=8001"
        raise Fault(words) from error
    return listener
