"""Work that runs beside the routes of one API process, from its start to its end."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Self


class Background(ABC):
    """One endless task: begun on entering, cancelled and awaited on leaving."""

    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=type(self).__name__)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @abstractmethod
    async def _run(self) -> None:
        """Work until cancelled; what fails is logged and tried again in here."""
