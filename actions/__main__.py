"""Starts the action server: `python -m actions --port N`, on loopback only."""

from __future__ import annotations

import argparse
import logging
import sys

from rasa_sdk.endpoint import create_app

DEFAULT_PORT = 5155
KEPT_OPEN_S = 120  # far longer than Rasa keeps an idle connection, so that this side never closes one being used
MOST_REQUEST_BYTES = 1_000_000


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m actions")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    app = create_app("actions", cors_origins="")
    app.config.KEEP_ALIVE_TIMEOUT = KEPT_OPEN_S
    app.config.REQUEST_MAX_SIZE = MOST_REQUEST_BYTES
    app.run(host="127.0.0.1", port=options.port, workers=1, access_log=False, debug=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
