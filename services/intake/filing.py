"""Files each report once, however often its request comes: by its `Idempotency-Key`, and of Open311 by what it says."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from kit import clock, idempotency
from kit.idempotency import KeptAnswer, Keyed
from kit.rows import among, insert_missing
from kit.writer import Writer
from services.intake.domain import Receipt
from services.intake.gathering import Gathering
from services.intake.handlers import REPORT, Draft, receive_reports
from services.intake.repeats import AGAIN, FINGERPRINT

Answer = Callable[[Draft, Receipt], KeptAnswer]
"""Makes the answer to a report that was filed."""


@dataclass(frozen=True)
class Filer:
    """What the doors for reports file with. `gathering` commits together what arrives together."""

    writer: Writer
    gathering: Gathering
    receive: Callable[[Session, Sequence[Draft]], list[Receipt]]
    """As `receive_once`, and what else belongs to each report."""

    async def file(self, draft: Draft, keyed: Keyed | None, answer: Answer) -> KeptAnswer:
        """Keep the draft, or find what the same request was answered; the answer is of what is committed.

        Raises `IdempotencyKeyReused`, and what `answer` and the draft's handler do; then nothing is kept.
        """
        if keyed is None:
            return answer(draft, await self.gathering.keep(draft))
        return await self.once(keyed, lambda session: answer(draft, self.receive(session, [draft])[0]))

    async def once(self, keyed: Keyed | None, work: Callable[[Session], KeptAnswer]) -> KeptAnswer:
        """The answer of the work, which is done in one transaction, or that which the same request got before."""
        now = clock.now()
        return await self.writer.run(
            lambda session: idempotency.once(session, keyed, now, lambda: work(session)), repeatable=keyed is not None
        )

    async def file_lines(self, keyed: Keyed | None, answer: Answer) -> Callable[[int, Draft], Awaitable[KeptAnswer]]:
        """`file` for the lines of one request, each for itself, by its number. Raises `IdempotencyKeyReused`."""
        if keyed is not None:
            now = clock.now()
            await self.writer.run(lambda session: idempotency.claim(session, keyed, now), repeatable=True)
        return lambda number, draft: self.file(draft, keyed and keyed.part(number), answer)


def receive_once(session: Session, drafts: Sequence[Draft], country: str, now: datetime) -> list[Receipt]:
    """As `receive_reports`; a draft whose request came some minutes ago (`Draft.sent`) is the report of then.

    Its receipt is that of then. After these minutes it is a report of its own: people do file the same again.
    """
    known = _sent_before(session, [draft for draft in drafts if draft.sent is not None])
    new = [draft for draft in drafts if draft.id not in known]
    received = receive_reports(session, new, country, now) if new else []
    receipts = {draft.id: receipt for draft, receipt in zip(new, received, strict=True)}
    if earlier := set(known.values()) - receipts.keys():
        rows = session.execute(select(REPORT.c.id, REPORT.c.code).where(among(session, REPORT.c.id, sorted(earlier))))
        receipts |= {row.id: Receipt(row.id, row.code) for row in rows}
    return [receipts[known.get(draft.id, draft.id)] for draft in drafts]


def _sent_before(session: Session, drafts: Sequence[Draft]) -> Mapping[str, str]:
    """Of the drafts whose request came some minutes ago, the report of then; the others are noted.

    Of two processes with the same request, the second waits here for the transaction of the first.
    """
    # Sorted, so that two processes insert the same digests in the same order and cannot deadlock.
    ordered = sorted(drafts, key=lambda draft: (draft.sent or "", draft.id))
    rows = [{"digest": each.sent, "report": each.id, "source": None, "at": each.received_at} for each in ordered]
    noted = insert_missing(session, FINGERPRINT, rows, "report") if rows else set()
    known: dict[str, str] = {}
    for draft in ordered:
        if draft.id in noted:
            continue
        same = FINGERPRINT.c.digest == draft.sent
        earlier = session.execute(select(FINGERPRINT).where(same).with_for_update()).first()
        if earlier is None or earlier.report == draft.id:
            continue
        if abs(draft.received_at - earlier.at) <= AGAIN:
            known[draft.id] = earlier.report
        else:
            session.execute(update(FINGERPRINT).where(same).values(report=draft.id, at=draft.received_at))
    return known
