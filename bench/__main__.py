"""`python -m bench [NAME …]`: run the benchmarks, print the table, and keep it in bench/README.md."""

import platform
import re
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench import filing, idle, importing, kafka, learning, memory, reading, reads, slow, sms, start
from bench.table import Line, markdown

README = Path(__file__).with_name("README.md")
FOLDER = Path(__file__).parents[1] / "var" / "bench"
_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.DOTALL)

BENCHMARKS: dict[str, Callable[[Path], list[Line]]] = {
    "reads": lambda _: reads.run(FOLDER / "million", 1_000_000),  # this folder is not deleted: to fill it takes minutes
    "ten-million": lambda _: reads.run_ten_times(FOLDER / "tenfold", FOLDER / "million", 1_000_000),
    "filing": filing.run,
    "sms": lambda _: sms.run("embedded"),
    "sms-kafka": lambda _: sms.run("distributed"),
    "import": lambda folder: importing.run(folder, "embedded"),
    "import-kafka": lambda folder: importing.run(folder, "distributed"),
    "reading": lambda _: reading.run(),
    "learning": lambda _: learning.run(),
    "memory": memory.run,
    "idle": idle.run,
    "start": start.run,
    "slow": lambda _: slow.run(),
    "kafka": kafka.run,
}
ONLY_BY_NAME = frozenset({"ten-million"})
"""To fill its folder takes a quarter of an hour and 26 GB."""


def main(names: list[str]) -> None:
    lines: list[Line] = []
    cores = psutil.Process().cpu_affinity()
    for name in names or [each for each in BENCHMARKS if each not in ONLY_BY_NAME]:
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        psutil.Process().cpu_affinity(cores)  # a benchmark may have pinned this process to one core
        new_lines = BENCHMARKS[name](folder)
        lines += new_lines
        print(markdown(new_lines), flush=True)
    if not names:
        when = (
            f"{datetime.now(UTC):%Y-%m-%d}, {platform.python_implementation()} {platform.python_version()}, two cores"
        )
        README.write_text(_TABLE.sub(lambda _: f"\n{when}\n\n{markdown(lines)}\n", README.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
