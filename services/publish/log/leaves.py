"""Appends facts to the log, each as a salted commitment in an append-only Merkle tree whose head is signed anew.

A fact's leaf is SHA-256(salt || entry), so that hiding a report can erase salt and entry, and leave the tree whole.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypedDict

from sqlalchemy import bindparam, func, or_, select, update
from sqlmodel import Session

from contracts.ids import random_bytes
from kit import rows
from services.publish.log import as_of, behind, checkpoint, merkle, tiles
from services.publish.log.checkpoint import Signer
from services.publish.log.commitment import commitment
from services.publish.log.copies import KeepingSigner, SignedHead
from services.publish.log.tiles import Tile
from services.publish.tables import LEAF, LOG_STATE, TILE

_ERASED = ("salt", "entry", "text", "text_salt", "about")
"""What goes when a report is hidden; the commitment stays."""
VERSIONS_LOST = 1 << 20
"""Added to the version when leaves are taken back: ETags of versions that were lost must not be given out again."""


class LogFact(NamedTuple):
    """A fact that became public: the entry that is committed to, and the words whose hash is in it.

    `report` is empty if the fact is about no report.
    """

    report: str
    entry: bytes
    form: int
    text: str | None = None
    text_salt: bytes | None = None
    about: bytes | None = None
    """What changes are told and filtered by, beside the entry (see `record.about`); it is not committed to."""


class LogHiding(NamedTuple):
    """A report leaves public view: the salts and entries of its facts so far are erased, and this is a fact too.

    Its entry names the leaves that it erased, so that no fact can be erased without a hiding that says so.
    """

    report: str
    entry: Callable[[Sequence[int]], bytes]
    form: int


class Erased(NamedTuple):
    """The leaves that a correction for privacy changed."""

    words: list[int]
    """Their words and the salt of these are gone; salt and entry stay."""
    facts: list[int]
    """They are gone as those of a hidden report are: the entries of form 1 have the words."""


class LogCorrection(NamedTuple):
    """A fact that gives an answer other words, for privacy: the earlier words of the answer are erased.

    Its entry names the leaves that it changed, so that no words can be erased without a fact that says so.
    """

    report: str
    entry: Callable[[Erased], bytes]
    form: int
    text: str | None
    text_salt: bytes | None
    replaced: tuple[int, ...]
    """Which of the report's facts so far have those words, by their order, from 0."""
    about: bytes | None = None
    """As a `LogFact` has it."""


NewFact = LogFact | LogHiding | LogCorrection


@dataclass(frozen=True, slots=True)
class Leaf:
    index: int
    report: str
    commitment: bytes
    erased: tuple[int, ...] = ()
    """Of a hiding or a correction for privacy: the leaves that it erased, or whose words."""
    hides: bool = False


class LogState(NamedTuple):
    size: int
    version: int
    root: bytes
    epoch: str | None
    as_of: datetime
    """No record may get an earlier `updated_at`: readers were told that they have all that was before."""


def append(session: Session, facts: Sequence[NewFact], now: datetime, signer: Signer) -> list[Leaf]:
    """Add `facts`, in order, in the caller's transaction; return a leaf for each.

    Raises `Behind` if the log does not contain what was published of it.
    """
    if not facts:
        return []
    state = lock(session, now, signer)
    behind.check(state.size, state.root, reader(session), behind.published(signer))
    batch = _Batch(state.size)
    for fact in facts:
        match fact:
            case LogFact():
                batch.add(fact)
            case LogHiding():
                batch.hide(fact, [*erase(session, fact.report), *batch.erase(fact.report)])
            case LogCorrection():
                batch.correct(fact, _erase_words(session, fact, batch))
    rows.insert_all(session, LEAF, batch.rows)
    hashes = [merkle.leaf_hash(row["commitment"]) for row in batch.rows]
    grown = _grow(session, state.size, hashes)
    grown.write(session)
    size = state.size + len(batch.rows)
    signed = checkpoint.sign(signer, size, grown.root)
    values = {"size": size, "root": grown.root, "checkpoint": signed}
    session.execute(update(LOG_STATE).values(**values, **_next(state, now)))
    if isinstance(signer, KeepingSigner):
        signer.keep_after(session)
    return batch.leaves()


def take_back(
    session: Session, state: LogState, published: SignedHead, commitments: Sequence[bytes], now: datetime
) -> bool:
    """Add leaves that were published before, of which only the commitments are left; sign nothing.

    False, and nothing is changed, if the tree would not be the `published` one.
    """
    grown = _grow(session, state.size, [merkle.leaf_hash(each) for each in commitments])
    if grown.root != published.head.root:
        return False
    grown.write(session)
    rows.insert_all(session, LEAF, [_lost(state.size + at, each) for at, each in enumerate(commitments)])
    version = state.version + VERSIONS_LOST
    head = {"size": published.head.size, "root": published.head.root, "checkpoint": published.checkpoint}
    session.execute(update(LOG_STATE).values(**head, version=version, updated_at=now))
    return True


def bump(session: Session, now: datetime, signer: Signer) -> int:
    """Grow the version after a change without a fact, such as a count; return the new version."""
    state = lock(session, now, signer)
    session.execute(update(LOG_STATE).values(_next(state, now)))
    return state.version + 1


def with_leaves(session: Session, reports: Collection[str]) -> set[str]:
    """The ones of these reports that have a leaf, even an erased leaf."""
    if not reports:
        return set()
    return set(session.scalars(select(LEAF.c.report).where(rows.among(session, LEAF.c.report, list(reports)))))


def erase(session: Session, report: str) -> list[int]:
    """Null all but the commitments of the report's facts; return their indexes. `LogHiding` does this, and logs it."""
    condition = (LEAF.c.report == report) & LEAF.c.salt.is_not(None) & LEAF.c.hides.is_(False)
    indexes = list(session.scalars(select(LEAF.c.index).where(condition)))
    if indexes:
        session.execute(update(LEAF).where(condition).values(dict.fromkeys(_ERASED)))
    return indexes


def _erase_words(session: Session, fact: LogCorrection, batch: "_Batch") -> Erased:
    """Erase the words that the correction replaces."""
    columns = (LEAF.c.index, LEAF.c.form)
    stored = session.execute(select(*columns).where(LEAF.c.report == fact.report).order_by(LEAF.c.index)).all()
    own = [*((index, form or 1) for index, form in stored), *batch.of(fact.report)]
    gone = [own[at] for at in fact.replaced]
    erased = Erased([index for index, form in gone if form > 1], [index for index, form in gone if form == 1])
    words = {"text": None, "text_salt": None}
    session.execute(update(LEAF).where(rows.among(session, LEAF.c.index, erased.words)).values(words))
    whole = rows.among(session, LEAF.c.index, erased.facts)
    session.execute(update(LEAF).where(whole).values(dict.fromkeys(_ERASED)))
    batch.erase_words(erased.words)
    return erased


def count_erasing(session: Session) -> int:
    """How many corrections erased words so far."""
    return session.scalar(select(func.count()).select_from(LEAF).where(LEAF.c.erases)) or 0


def forget_words(session: Session) -> None:
    """Null what is left of erased facts: a process of the version before erases entries, and no more."""
    left = LEAF.c.entry.is_(None) & (LEAF.c.text_salt.is_not(None) | LEAF.c.about.is_not(None))
    session.execute(update(LEAF).where(left).values(dict.fromkeys(_ERASED)))


def lock(session: Session, now: datetime, signer: Signer) -> LogState:
    """The log's state, held until the transaction ends, so that indexes are dense and in the order of commits."""
    columns = (LOG_STATE.c.size, LOG_STATE.c.version, LOG_STATE.c.root, LOG_STATE.c.epoch, LOG_STATE.c.as_of)
    query = select(*columns).with_for_update()
    row = session.execute(query).one_or_none()
    if row is None:
        rows.insert_missing(session, LOG_STATE, [_empty(now, signer)], "id")
        row = session.execute(query).one()
    return LogState(row.size, row.version, bytes(row.root), row.epoch, row.as_of or as_of.FIRST)


def reader(session: Session) -> merkle.Read:
    """Reads the tree from the database."""
    return tiles.reader(partial(load, session))


def load(session: Session, wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
    """The data of those of these tiles that exist."""
    if not wanted:
        return {}
    condition = or_(*((TILE.c.level == tile.level) & (TILE.c.index == tile.number) for tile in wanted))
    rows = session.execute(select(TILE.c.level, TILE.c.index, TILE.c.data).where(condition))
    return {Tile(level, index): bytes(data) for level, index, data in rows}


class _Row(TypedDict):
    index: int
    report: str
    salt: bytes | None
    entry: bytes | None
    commitment: bytes
    hides: bool
    erases: bool
    form: int | None
    text: str | None
    text_salt: bytes | None
    about: bytes | None


@dataclass
class _Batch:
    first: int
    rows: list[_Row] = field(default_factory=list)
    erased: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def add(self, fact: LogFact, *, hides: bool = False, erases: bool = False) -> None:
        salt = random_bytes(16)
        self.rows.append(
            _Row(
                index=self.first + len(self.rows),
                report=fact.report,
                salt=salt,
                entry=fact.entry,
                commitment=commitment(salt, fact.entry),
                hides=hides,
                erases=erases,
                form=fact.form,
                text=fact.text,
                text_salt=fact.text_salt,
                about=fact.about,
            )
        )

    def hide(self, fact: LogHiding, erased: Sequence[int]) -> None:
        self.erased[self.first + len(self.rows)] = tuple(sorted(erased))
        self.add(LogFact(fact.report, fact.entry(sorted(erased)), fact.form), hides=True)

    def correct(self, fact: LogCorrection, erased: Erased) -> None:
        self.erased[self.first + len(self.rows)] = tuple(sorted((*erased.words, *erased.facts)))
        fact_of = LogFact(fact.report, fact.entry(erased), fact.form, fact.text, fact.text_salt, fact.about)
        self.add(fact_of, erases=True)

    def of(self, report: str) -> list[tuple[int, int]]:
        """The index and form of each fact of the report."""
        return [(row["index"], row["form"] or 1) for row in self.rows if row["report"] == report]

    def erase_words(self, indexes: Collection[int]) -> None:
        for row in self.rows:
            if row["index"] in indexes:
                row["text"] = row["text_salt"] = None

    def erase(self, report: str) -> list[int]:
        erased = [row for row in self.rows if row["report"] == report and row["entry"] is not None and not row["hides"]]
        for row in erased:
            row["salt"] = row["entry"] = row["text"] = row["text_salt"] = row["about"] = None
        return [row["index"] for row in erased]

    def leaves(self) -> list[Leaf]:
        return [
            Leaf(row["index"], row["report"], row["commitment"], self.erased.get(row["index"], ()), row["hides"])
            for row in self.rows
        ]


class _Grown(NamedTuple):
    """A tree after leaves were added: the tiles that were there and that change, and the new root."""

    before: Mapping[Tile, bytes]
    changed: Mapping[Tile, bytes]
    root: bytes

    def write(self, session: Session) -> None:
        new = [
            {"level": tile.level, "index": tile.number, "data": data}
            for tile, data in self.changed.items()
            if tile not in self.before
        ]
        rows.insert_all(session, TILE, new)
        same = update(TILE).where(TILE.c.level == bindparam("at_level"), TILE.c.index == bindparam("at_index"))
        for tile in self.changed.keys() & self.before.keys():
            values = {"at_level": tile.level, "at_index": tile.number}
            session.execute(same.values(data=self.changed[tile]), values)


def _grow(session: Session, size: int, hashes: Sequence[bytes]) -> _Grown:
    """The tree of `size` leaves with these leaf hashes behind them; nothing is written yet."""
    before = load(session, tiles.edge(size))
    changed = tiles.extend(before, size, hashes)
    now = {**before, **changed}
    root = merkle.root(size + len(hashes), tiles.reader(lambda tiles: {tile: now[tile] for tile in tiles}))
    return _Grown(before, changed, root)


def _lost(index: int, commitment: bytes) -> _Row:
    return _Row(
        index=index,
        report="",
        salt=None,
        entry=None,
        commitment=commitment,
        hides=False,
        erases=False,
        form=None,
        text=None,
        text_salt=None,
        about=None,
    )


def _next(state: LogState, now: datetime) -> dict[str, object]:
    """What every change of a public answer sets."""
    return {"version": state.version + 1, "updated_at": now, "as_of": as_of.following(state.as_of, now)}


def _empty(now: datetime, signer: Signer) -> dict[str, object]:
    signed = checkpoint.sign(signer, 0, merkle.EMPTY)
    state = {"id": 1, "size": 0, "root": merkle.EMPTY, "checkpoint": signed, "version": 0, "updated_at": now}
    return {**state, "epoch": random_bytes(8).hex()}
