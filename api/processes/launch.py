"""Starts Rasa or the action server in the bot's environment, in the place of this process.

usage: python -m api.processes.launch rasa --model VERSION --port N
       python -m api.processes.launch actions --port N

A model is loaded only after its manifest's signature and its archive's checksum were found right, at every start.
"""

from __future__ import annotations

import argparse
import os
import sys

from api.processes.die_with_parent import die_with_parent
from api.processes.places import Places
from api.settings import Settings
from api.worker.models import ModelRefused, loadable_archive

REFUSED = 3  # exit status


def main() -> None:
    """Become the server, or end with one line that says why not."""
    parser = argparse.ArgumentParser(description="Start Rasa or the action server.")
    parser.add_argument("program", choices=["rasa", "actions"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model")
    arguments = parser.parse_args()
    settings = Settings()
    places = Places.of(settings)
    die_with_parent()
    command = [str(places.bot_python), "-m"]
    environment = bot_environment(settings, places)
    if arguments.program == "actions":
        command += ["actions"]
    else:
        try:
            archive = loadable_archive(places, arguments.model)
        except ModelRefused as refusal:
            sys.stderr.write(f"model {arguments.model} is refused: {refusal}\n")
            sys.exit(REFUSED)
        command += ["bot.serve", "--model", str(archive)]
        environment["DESKMATE_MODEL_VERSION"] = arguments.model
    os.chdir(places.root)
    os.execve(command[0], [*command, "--port", str(arguments.port)], environment)  # noqa: S606 - our own command


def bot_environment(settings: Settings, places: Places) -> dict[str, str]:
    """Return what the bot's processes read, on top of this process's environment."""
    return {
        **os.environ,
        "DESKMATE_API_URL": f"http://127.0.0.1:{settings.port}",
        "DESKMATE_ACTIONS_URL": f"http://127.0.0.1:{settings.actions_port}/webhook",
        "DESKMATE_SECRET_FILE": str(places.internal_secret),
        "DESKMATE_ENCODER_DIR": str(places.encoder),
        "DESKMATE_VAR_DIR": str(places.var),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",  # one short sentence at a time: more threads only wait for each other
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_REGISTER": "false",
    }


if __name__ == "__main__":
    main()
