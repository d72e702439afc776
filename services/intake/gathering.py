"""Reports that arrive while others are being committed are kept together: a few statements for many, one commit."""

import asyncio
from collections.abc import Callable, Sequence

from sqlmodel import Session

from kit.db import Writer
from kit.outage import is_outage
from services.intake.domain import Receipt
from services.intake.handlers import Draft

Receive = Callable[[Session, Sequence[Draft]], list[Receipt]]
"""Keeps many drafts in one transaction; a receipt for each, in their order."""

AT_MOST = 256

_Waiting = tuple[Draft, "asyncio.Future[Receipt]"]


class Gathering:
    """Lives on one event loop."""

    def __init__(self, writer: Writer, receive: Receive) -> None:
        self._writer, self._receive = writer, receive
        self._waiting: list[_Waiting] = []
        self._serving: asyncio.Task[None] | None = None

    async def keep(self, draft: Draft) -> Receipt:
        """Keep one draft; its receipt, once that is durable. Raises what kept it from being so."""
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, future))
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
            await self._settle(batch)

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        drafts = [draft for draft, _ in batch]
        try:
            receipts = await self._writer.run(lambda session: self._receive(session, drafts))
        except Exception as error:  # the callers get it; the next batch is served
            if len(batch) > 1 and not is_outage(error):
                for one in batch:
                    await self._settle([one])
                return
            for _, future in batch:
                if not future.done():  # its caller may have gone
                    future.set_exception(error)
            return
        for (_, future), receipt in zip(batch, receipts, strict=True):
            if not future.done():
                future.set_result(receipt)
