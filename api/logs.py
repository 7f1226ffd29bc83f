"""Logs for machines: one JSON object a line, so that nothing a customer writes can forge a line.

There are ids, states and times; never what anybody said. Should an error carry a piece of it all the same, what has the
form of personal data is masked before the line is written.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from api.privacy.masking import masked_numbers

# What every record has anyway; the rest was given as `extra` and belongs into the line.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; control characters come out as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked_numbers(record.getMessage()),
        }
        line |= {name: _masked(value) for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = masked_numbers(self.formatException(record.exc_info))
        return json.dumps(line, default=str)


def _masked(value: Any) -> Any:
    return masked_numbers(value) if isinstance(value, str) else value


def configure_logs(level: str) -> None:
    """Send every log line of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    keep_libraries_quiet()


def keep_libraries_quiet() -> None:
    """Keep libraries, whatever the level, from logging what passes through them: addresses, headers, frames."""
    for name in ("httpx", "httpcore", "alembic", "uvicorn.access", "websockets", "urllib3", "python_multipart"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # below, it writes down each frame of a socket
