"""The token by which a reporter follows a report: 128 bits, made from the report's id and a secret.

It is computed whenever it is given and never stored: the table `token` has its hash, by which its report is found.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection
from hashlib import sha256

from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import Session

from contracts.codes import TOKEN_LENGTH
from kit.rows import insert_unless_there
from services.intake.tables import Base

TOKEN = Base.metadata.tables["token"]
PATH = "/v1/follow"
_FORM = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}", re.ASCII)


class Tokens:
    """The tokens of one installation; another secret makes other tokens, and ends those of before."""

    def __init__(self, secret: SecretStr, follow_url: str | None = None) -> None:
        self._key = secret.get_secret_value().encode()
        self._begin = follow_url or f"{PATH}/"

    def of(self, report: str) -> str:
        """The token of a report, by its id."""
        made = hmac.digest(self._key, b"follow " + report.encode(), sha256)[:16]
        return urlsafe_b64encode(made).rstrip(b"=").decode()

    def url(self, report: str) -> str:
        """The reporter's own address: where the region says, else a path on this server."""
        return self.url_of(self.of(report))

    def url_of(self, token: str) -> str:
        """The address that ends in this token."""
        return self._begin + token

    def note(self, session: Session, reports: Collection[str]) -> None:
        """Make the tokens of these reports known, so that they can be used."""
        rows = [{"digest": _digest(self.of(report)), "report": report} for report in sorted(set(reports))]
        if rows:
            insert_unless_there(session, TOKEN, sorted(rows, key=lambda row: row["digest"]))

    def report_of(self, session: Session, token: str) -> str | None:
        """The report of a token; null if no report has it."""
        if not _FORM.fullmatch(token):
            return None
        report = session.scalar(select(TOKEN.c.report).where(TOKEN.c.digest == _digest(token)))
        return report if report is not None and hmac.compare_digest(self.of(report), token) else None


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:32]
