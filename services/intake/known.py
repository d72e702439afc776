"""Reports whose source and id came before: with the official key the changes of the source are taken."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from contracts.events import Elsewhere, Location, ReportUpdated
from kit import outbox
from kit.rows import among
from services.intake import changes, contacts
from services.intake.changes import News, SourceSaid
from services.intake.domain import Outcome, Receipt
from services.intake.found import known_codes
from services.intake.masking import Reporter, mask
from services.intake.meaning import codes_in
from services.intake.tables import Base

REPORT, CONTACT, STANDING = (Base.metadata.tables[name] for name in ("report", "contact", "standing"))
_REPLACED = ("category", "place", "lat", "long", "address", "elsewhere")
"""The columns of a report that hold what its source said last."""

Source = tuple[str, str]


@dataclass
class KnownReport:
    """A report that was filed with a source; `said`: what the source said last."""

    id: str
    code: str
    official: bool
    status: str | None
    """Of the case; null while it is not public."""
    said: SourceSaid
    replaced: bool = False
    """Whether `said` is to be stored."""

    def follow(self, said: SourceSaid) -> None:
        """Replace what may change of what the source said."""
        elsewhere = changes.kept(self.said, said)
        after = replace(self.said, category=said.category, location=said.location, elsewhere=elsewhere)
        self.said, self.replaced = after, self.replaced or after != self.said


def find(session: Session, sources: Set[Source], *, lock: bool) -> dict[Source, KnownReport]:
    """The reports of these sources; `lock`: until the transaction ends."""
    if not sources:
        return {}
    query = (
        select(REPORT, CONTACT.c.phone, CONTACT.c.email, CONTACT.c.name, STANDING.c.status)
        .join(CONTACT, CONTACT.c.report == REPORT.c.id, isouter=True)
        .join(STANDING, STANDING.c.report == REPORT.c.id, isouter=True)
        .where(among(session, REPORT.c.source_id, sorted({id for _, id in sources})))
        .where(among(session, REPORT.c.source, sorted({name for name, _ in sources})))
        .order_by(REPORT.c.id)  # so that two processes lock the same reports in the same order
    )
    rows = session.execute(query.with_for_update(of=REPORT) if lock else query)
    return {source: _known(row) for row in rows if (source := (row.source, row.source_id)) in sources}


def take_again(session: Session, known: KnownReport, said: SourceSaid, country: str, now: datetime) -> Receipt:
    """Take what the official key says of a report that it filed before: all changes, or none if one cannot be."""
    faults = changes.faults(known.said, said, known.status)
    news = changes.news(known.said, said, known.status)
    if faults:
        return Receipt(known.id, known.code, faults=tuple(faults))
    known.follow(said)
    if news == News():
        return Receipt(known.id, known.code, outcome=Outcome.unchanged)
    outbox.publish(session, _event(session, known, news, country, now))
    return Receipt(known.id, known.code, outcome=Outcome.changed)


def store(session: Session, known: Iterable[KnownReport]) -> None:
    """Keep what the sources said last."""
    rows = [{"of": each.id, **_columns(each.said)} for each in known if each.replaced]
    if rows:
        new = {name: bindparam(f"new_{name}", type_=REPORT.c[name].type) for name in _REPLACED}
        session.connection().execute(update(REPORT).where(REPORT.c.id == bindparam("of")).values(new), rows)


def as_text(elsewhere: Elsewhere) -> str:
    """What the column `elsewhere` holds."""
    return elsewhere.model_dump_json(exclude_none=True)


def _known(row: Row[Any]) -> KnownReport:
    said = SourceSaid(
        text=row.text,
        received_at=row.received_at,
        channel=row.channel,
        kind=row.kind,
        category=row.category,
        location=Location(place=row.place, lat=row.lat, long=row.long, address=row.address),
        anonymous=row.anonymous,
        confidential=row.confidential,
        phone=row.phone,
        email=row.email,
        name=row.name,
        elsewhere=_elsewhere(row),
    )
    return KnownReport(row.id, row.code, row.official, row.status, said)


def _elsewhere(row: Row[Any]) -> Elsewhere | None:
    if row.elsewhere is not None:
        return Elsewhere.model_validate_json(row.elsewhere)
    return None if row.official else Elsewhere()  # no other key can say anything of it


def _columns(said: SourceSaid) -> Mapping[str, object]:
    values = {
        "category": said.category,
        **said.location.model_dump(),
        "elsewhere": as_text(said.elsewhere or Elsewhere()),
    }
    return {f"new_{name}": values[name] for name in _REPLACED}


def _event(session: Session, known: KnownReport, news: News, country: str, now: datetime) -> ReportUpdated:
    """The event, in whose words the reporter and the codes of reports are masked."""
    said = known.said
    reporter = contacts.reporter(said.phone, said.email, said.name, country)
    where, answer = news.location, news.response
    if where is not None:
        masked = {"place": _mask(session, where.place, reporter), "address": _mask(session, where.address, reporter)}
        news = news._replace(location=where.model_copy(update=masked))
    answers = news.responses or ((answer,) if answer else ())
    told = [each.model_copy(update={"text": _mask(session, each.text, reporter)}) for each in answers]
    if told:
        news = news._replace(response=told[-1], responses=changes.several(told))
    return ReportUpdated(subject=UUID(known.id), time=now, **news._asdict())


def _mask(session: Session, words: str | None, reporter: Reporter) -> str | None:
    return None if words is None else mask(words, reporter, known_codes(session, codes_in(words)))
