"""Commits reports together that arrive while others are being committed: a few statements and one commit for many."""

import asyncio
from collections.abc import Callable, Sequence

from sqlmodel import Session

from kit.outage import is_outage
from kit.writer import Writer
from services.intake.domain import Receipt
from services.intake.handlers import Draft

Receive = Callable[[Session, Sequence[Draft]], list[Receipt]]
"""Keeps many drafts in one transaction; a receipt for each, in their order."""

BATCH_LIMIT = 256
TURNS = 64
"""The most turns of the loop for which a batch waits: each brings a draft or is the last."""

_Waiting = tuple[Draft, "asyncio.Future[Receipt]"]


class Gathering:
    """Collects drafts into batches. All calls must come from one event loop."""

    def __init__(self, writer: Writer, receive: Receive) -> None:
        self._writer, self._receive = writer, receive
        self._waiting: list[_Waiting] = []
        self._serving: asyncio.Task[None] | None = None

    async def keep(self, draft: Draft) -> Receipt:
        """Keep one draft and return its receipt once it is committed. Raises the error that prevented the commit."""
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, future))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
            await self._settle(batch)

    async def _gather(self) -> None:
        """Return once a turn of the loop brings no further draft: what came at once is committed at once."""
        for _ in range(TURNS):
            came = len(self._waiting)
            await asyncio.sleep(0)
            if len(self._waiting) == came or came >= BATCH_LIMIT:
                return

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        drafts = [draft for draft, _ in batch]
        try:
            # Done again, it keeps the same rows; only a known report's changes are then told as "unchanged".
            receipts = await self._writer.run(lambda session: self._receive(session, drafts), repeatable=True)
        except Exception as error:  # it is raised to the callers; the next batch is served
            if len(batch) > 1 and not is_outage(error):
                for item in batch:
                    await self._settle([item])
                return
            for _, future in batch:
                if not future.done():  # cancelled if its caller has disconnected
                    future.set_exception(error)
            return
        for (_, future), receipt in zip(batch, receipts, strict=True):
            if not future.done():
                future.set_result(receipt)
