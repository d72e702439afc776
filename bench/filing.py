"""`POST /v1/reports` of intake's own app, which commits before it answers, beside the same app that stores nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from bench import load
from bench.seed import REGION, ROOT
from bench.table import Line
from pendapa.live.process import free_port
from services.intake.domain import Receipt

SECRET = "bench"
BODY = b'{"text": "Jalan desa Tapelan rusak parah, mohon segera diperbaiki", "category": "jalan-rusak"}'
HEADERS = {"x-pendapa-gateway": SECRET, "x-pendapa-role": "filing", "content-type": "application/json"}


def run(folder: Path) -> list[Line]:
    """Both servers on the first core, the load on the last."""
    psutil.Process().cpu_affinity(list(load.CLIENT_CORE))
    request = [load.post("/v1/reports", BODY, **HEADERS)]
    with _server(folder, "store") as (pid, port):
        storing = load.measure(pid, port, request, connections=32)
    with _server(folder, "nothing") as (pid, port):
        nothing = load.measure(pid, port, request, connections=32)
    figures = f"{storing.per_second:,.0f}/s, {storing.cpu_ms:.3f} ms CPU, p99 {storing.p99_ms:.0f} ms"
    beside = f"storing nothing {nothing.per_second:,.0f}/s, {nothing.cpu_ms:.3f} ms CPU"
    return [Line("POST /v1/reports", figures, beside, f"{storing.per_second / nothing.per_second:.0%}", "≥ 30%")]


@contextmanager
def _server(folder: Path, variant: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    settings = {
        "INTAKE_DATABASE_URL": f"sqlite:///{folder / variant}.db",
        "INTAKE_BUS_URL": f"sqlite:///{folder / variant}-bus.db",
        "INTAKE_REGION": str(REGION),
        "INTAKE_GATEWAY_SECRET": SECRET,
        "INTAKE_FOLLOW_SECRET": SECRET * 4,
        "INTAKE_PORT": str(port),
    }
    command = [sys.executable, "-m", "bench.filing", variant]
    with (folder / f"{variant}.log").open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=output, stderr=output)
    psutil.Process(process.pid).cpu_affinity(list(load.SERVER_CORE))
    try:
        _until_ready(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(20)


def _until_ready(port: int) -> None:
    for _ in range(300):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise RuntimeError("intake does not start")


class Nothing:
    """Replaces intake's `Gathering`: it stores no report and answers at once."""

    def __init__(self, *_: object) -> None:
        return

    async def keep(self, _: object) -> Receipt:
        return Receipt("00000000-0000-4000-8000-000000000000", "22222222")


if __name__ == "__main__":
    from services.intake import app

    if sys.argv[1] == "nothing":
        vars(app)["Gathering"] = Nothing
    app.main()
