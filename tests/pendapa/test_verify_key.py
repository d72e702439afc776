"""`pendapa verify` reads a key as people keep it, or says that it is none, and then calls no release forged."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pendapa.verify import verify
from services.publish.log import checkpoint
from services.publish.verify.findings import Verdict
from services.publish.verify.key import read_key
from tests.publish.releasing import KEY, LOG_KEY

OTHER = str(checkpoint.read_signer(checkpoint.generate_key("pendapa.example/elsewhere")).verifier)


@pytest.mark.parametrize(
    "data",
    [
        KEY.encode(),
        f"{KEY}\r\n".encode(),
        f"\n\n  {KEY}\t\n".encode(),
        f"\ufeff{KEY}\r\n".encode(),
        f"{KEY}\r\n".encode("utf-16"),
        KEY.encode("utf-16-le"),
        KEY.encode("utf-16-be"),
        f"{KEY}\n{KEY}\n".encode(),
        f"{KEY}{KEY}".encode(),
        f'"{KEY}"'.encode(),
        f"\u200b{KEY}\u200b".encode(),
        f"{KEY[:40]}\r\n{KEY[40:]}\r\n".encode(),
        f"Kunci log kami: {KEY}\n".encode(),
    ],
    ids=range(13),
)
def test_a_key_is_read_however_it_was_saved_or_pasted(data: bytes) -> None:
    assert str(read_key(data)) == KEY


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n", "the file is empty"),
        (b"\x00\xff\x00", "no text"),
        (b"\xff\xfe\x00", "no text"),
        (b"<html><body>Not found</body></html>", "a verifier key is <name>+<id>+<base64>"),
        (KEY[:-3].encode(), "no Ed25519 key in base64"),
        (KEY.replace("+c7", "+c8").encode(), "the verifier key's id is not that of its name and key"),
        (f"{KEY}\n{OTHER}\n".encode(), "more than one key"),
        (LOG_KEY.encode(), "a private key"),
        (b"x" * 100_000, "the file has 100000 bytes"),
    ],
    ids=range(10),
)
def test_what_is_no_key_is_called_a_bad_key_and_the_release_is_not_judged(
    copy: Path, tmp_path: Path, data: bytes, said: str
) -> None:
    app = typer.Typer()
    app.command()(verify)
    (tmp_path / "log.key").write_bytes(data)
    result = CliRunner().invoke(app, [str(copy), "--key", str(tmp_path / "log.key")])
    assert result.exit_code == Verdict.bad_key
    assert "bad key: " in result.output
    assert said in result.output
    assert "not the release that was signed" not in result.output
    assert LOG_KEY not in result.output
