"""The folders that earlier versions left, which every later version must read (see `kept/README.md`)."""

import json
import tarfile
from pathlib import Path

KEPT = Path(__file__).parent / "kept"
FORMS = sorted(folder.name for folder in KEPT.iterdir() if folder.is_dir())
RELEASES = sorted(path.parent for path in KEPT.glob("*/release*/checkpoint"))


def unpack(form: str, folder: Path) -> Path:
    """The data folder of this form, copied into `folder`."""
    with tarfile.open(KEPT / form / "var.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "var"


def reports(form: str) -> dict[str, str]:
    """The ids of the reports in that data folder, by what happened to them."""
    ids: dict[str, str] = json.loads((KEPT / form / "reports.json").read_text())
    return ids


def log_key(folder: Path) -> str:
    """The text of the verifier key of a kept release."""
    return (folder.parent / "log.key").read_text()
