"""Starts one Rasa process: `python -m bot.serve --model FILE --port N`.

The model is loaded once, before the port opens. Rasa's own HTTP API stays off and the port is bound to loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Our matrices are small: further threads of a library would only spin beside the first, and turns run one at a time.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("SANIC_BACKLOG", "100")

import structlog
from rasa.core.run import configure_app, create_http_input_channels
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from bot.action_server import ActionEndpoint, compile_result_check
from bot.dialogue import Dialogue
from bot.gateway_channel import GatewayUnusable
from bot.processor import BotAgent
from bot.wording import Wording

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
DEFAULT_ACTIONS_URL = "http://127.0.0.1:5155/webhook"
MOST_REQUEST_BYTES = 1_000_000


def make_app(model: Path) -> Sanic:
    """Return the server application; the model is loaded when it starts.

    Raises:
        GatewayUnusable: there is no usable internal secret.
    """
    os.environ.setdefault("DESKMATE_ACTIONS_URL", DEFAULT_ACTIONS_URL)
    # Unconfigured, structlog renders every debug line of Rasa, customers' words included.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    compile_result_check()
    channels = create_http_input_channels(None, str(HERE / "credentials.yml"))
    app: Sanic = configure_app(channels, enable_api=False, route="/webhooks/")
    app.config.REQUEST_MAX_SIZE = MOST_REQUEST_BYTES
    app.config.ACCESS_LOG = False
    configured = AvailableEndpoints.read_endpoints(str(HERE / "endpoints.yml")).action
    endpoint = ActionEndpoint(configured.url, **configured.kwargs)

    async def load(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ARG001  # noqa: ARG001
        app.ctx.versions = versions_of(model)
        agent = BotAgent(generator=Wording({}), action_endpoint=endpoint)
        agent.load_model(model)
        app.ctx.agent = agent
        app.ctx.dialogue = Dialogue(agent.processor, model_version=app.ctx.versions["model_version"])
        logger.info("model %s is loaded", app.ctx.versions["model_version"])

    async def close(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ARG001  # noqa: ARG001
        await endpoint.close()

    app.register_listener(load, "before_server_start")
    app.register_listener(close, "after_server_stop")
    return app


def versions_of(model: Path) -> dict[str, Any]:
    """Return the model's and its encoder's version, from the manifest beside the model or the environment."""
    manifest: dict[str, Any] = {}
    beside = model.with_name("manifest.json")
    if beside.is_file():
        manifest = json.loads(beside.read_text(encoding="utf-8"))
    return {
        "model_version": os.environ.get("DESKMATE_MODEL_VERSION") or manifest.get("model_version") or model.stem,
        "encoder_version": manifest.get("encoder_version"),
    }


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m bot.serve", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, required=True, help="the model archive")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    if not options.model.is_file():
        sys.stderr.write(f"There is no model at {options.model}.\n")
        return 2
    try:
        app = make_app(options.model)
    except GatewayUnusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    app.run(host="127.0.0.1", port=options.port, workers=1, access_log=False, debug=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
