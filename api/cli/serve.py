"""The two long-running programs of `.venv`, as the process manager starts them."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from api.settings import Settings


def serve_api(settings: Settings) -> None:
    """Serve until told to end."""
    from api.start import server

    server(settings).run()


def serve_worker(settings: Settings) -> None:
    """Work until told to end."""
    from api.cli.context import workshop
    from api.logs import configure_logs
    from api.worker.service import serve

    configure_logs(settings.log_level)
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()
        raise SystemExit(0)  # also out of a training, whose child is ended; the job starts again with the next worker

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    serve(workshop(settings), stop)
