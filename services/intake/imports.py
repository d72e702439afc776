"""The imports: each has a number, which its reports carry; undone, they are taken back and their rows are new again."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, case, func, insert, select, update
from sqlmodel import Session

from contracts.events import ReportUndone
from kit import outbox
from kit.rows import among
from services.intake.import_views import ImportPage, ImportQuery, ImportView, NewImport
from services.intake.tables import Base

IMPORT, REPORT, STANDING = (Base.metadata.tables[name] for name in ("import", "report", "standing"))


class UnknownImport(Exception):
    """No import has this number."""


class ImportNotOpen(Exception):
    """A report names an import that was never begun, or was undone."""


def make(session: Session, new: NewImport, now: datetime) -> ImportView:
    """A new import, which reports may name from now on."""
    values = {"name": new.name, "source": new.source, "made_at": now}
    number = session.execute(insert(IMPORT).values(values).returning(IMPORT.c.number)).scalar_one()
    return _view(session.execute(_counted().where(IMPORT.c.number == number)).one())


def page(session: Session, query: ImportQuery) -> ImportPage:
    """The imports, newest first, with counts of their reports."""
    numbers = select(IMPORT.c.number).order_by(IMPORT.c.number.desc()).limit(query.limit + 1)
    if query.before is not None:
        numbers = numbers.where(IMPORT.c.number < query.before)
    some = session.scalars(numbers).all()
    counted = _counted().where(among(session, IMPORT.c.number, some[: query.limit])).order_by(IMPORT.c.number.desc())
    imports = [_view(row) for row in session.execute(counted)]
    more = len(some) > query.limit
    next = f"/v1/imports?limit={query.limit}&before={some[query.limit - 1]}" if more else None
    return ImportPage(imports=imports, next=next)


def need_open(session: Session, numbers: Collection[int]) -> None:
    """Raise `ImportNotOpen` unless all are imports that were not undone; none is until the transaction ends."""
    if not numbers:
        return
    open_ones = select(IMPORT.c.number).where(
        among(session, IMPORT.c.number, sorted(numbers)), IMPORT.c.undone_at.is_(None)
    )
    found = set(session.scalars(open_ones.with_for_update(read=True)))
    if missing := set(numbers) - found:
        raise ImportNotOpen(f"import {min(missing)} was never begun, or was undone")


def undo(session: Session, number: int, now: datetime) -> ImportView:
    """Take back all that the import brought, once: routing is told of each report, and its source is free again.

    Raises `UnknownImport`.
    """
    row = session.execute(select(IMPORT).where(IMPORT.c.number == number).with_for_update()).first()
    if row is None:
        raise UnknownImport(f"there is no import {number}")
    if row.undone_at is None:
        session.execute(update(IMPORT).where(IMPORT.c.number == number).values(undone_at=now))
        of_import = REPORT.c.import_number == number
        # Locked in the order of `known.find`, as a later import may tell changes of these reports at this moment.
        ordered = select(REPORT.c.id).where(of_import).order_by(REPORT.c.id).with_for_update()
        reports = session.scalars(ordered).all()
        outbox.publish(session, *(ReportUndone(time=now, subject=UUID(id), number=number) for id in reports))
        # Under another source, so that the corrected rows are new reports, and the old ones show where they came from.
        session.execute(update(REPORT).where(of_import).values(source=f"undone/{number}/" + REPORT.c.source))
    return _view(session.execute(_counted().where(IMPORT.c.number == number)).one())


def _counted() -> Select[tuple[object, ...]]:
    """Each import with the counts of its reports by what became of them, as far as intake has heard."""
    joined = IMPORT.outerjoin(REPORT, REPORT.c.import_number == IMPORT.c.number)
    joined = joined.outerjoin(STANDING, STANDING.c.report == REPORT.c.id)
    rejected = STANDING.c.status == "rejected"
    counts = {
        "reports": func.count(REPORT.c.id),
        "opened": func.count(case((STANDING.c.status.is_not(None) & ~rejected, 1))),
        "rejected": func.count(case((rejected, 1))),
    }
    columns = [count.label(name) for name, count in counts.items()]
    return select(IMPORT, *columns).select_from(joined).group_by(IMPORT.c.number)


def _view(row: Row[tuple[object, ...]]) -> ImportView:
    values = row._asdict()
    return ImportView(**values, held=values["reports"] - values["opened"] - values["rejected"])
