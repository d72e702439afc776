"""Finds the report that a message is about: by its code, or by the phone that it came from."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, case, select
from sqlmodel import Session

from kit.rows import among
from services.intake import contacts
from services.intake.domain import Standing
from services.intake.masking import Reporter
from services.intake.standings import STANDING, standing_of
from services.intake.tables import Base

REPORT, CONTACT = (Base.metadata.tables[name] for name in ("report", "contact"))


class Found(NamedTuple):
    id: str
    code: str
    accepted_at: datetime
    phone: str | None
    email: str | None
    name: str | None
    standing: Standing | None
    """None until routing has decided something."""

    def is_from(self, sender: str) -> bool:
        return bool(sender) and self.phone == sender

    def reporter(self, country: str) -> Reporter:
        return contacts.reporter(self.phone, self.email, self.name, country)


def known_codes(session: Session, codes: Collection[str]) -> set[str]:
    """Those of the `codes` that a report has."""
    if not codes:
        return set()
    return set(session.scalars(select(REPORT.c.code).where(among(session, REPORT.c.code, sorted(codes)))))


def by_code(session: Session, code: str) -> Found | None:
    return _found(session.execute(_query().where(REPORT.c.code == code)).first())


def by_id(session: Session, id: str) -> Found | None:
    return _found(session.execute(_query().where(REPORT.c.id == id)).first())


def newest_of(session: Session, sender: str, *, closed_first: bool = False) -> Found | None:
    """The newest report of a phone; the newest closed one, if it has any and that is wanted."""
    if not sender:
        return None
    order = [case((STANDING.c.status == "closed", 0), else_=1)] if closed_first else []
    query = _query().where(CONTACT.c.phone == sender).order_by(*order, REPORT.c.accepted_at.desc(), REPORT.c.id.desc())
    return _found(session.execute(query.limit(1)).first())


def _query() -> Select[Any]:
    columns = (REPORT.c.id, REPORT.c.code, REPORT.c.accepted_at, CONTACT.c.phone, CONTACT.c.email, CONTACT.c.name)
    tables = REPORT.outerjoin(CONTACT, CONTACT.c.report == REPORT.c.id)
    tables = tables.outerjoin(STANDING, STANDING.c.report == REPORT.c.id)
    return select(*columns, *(column for column in STANDING.c if column.name != "report")).select_from(tables)


def _found(row: Row[Any] | None) -> Found | None:
    if row is None:
        return None
    standing = standing_of(row) if row.status else None
    return Found(row.id, row.code, row.accepted_at, row.phone, row.email, row.name, standing)
