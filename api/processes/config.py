"""The process manager's configuration: which programs run, and how each is started and ended."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.processes.places import Places
from api.settings import Settings

STARTING_S = 5  # what ends sooner could not start, and is tried again after a growing pause
ENDING_S = 12  # a program gets this long to end by itself: longer than the longest wait for one action


@dataclass(frozen=True, slots=True)
class Program:
    """One program the process manager keeps running.

    Attributes:
        name: lower-case letters, digits and hyphens.
        command: its arguments, the first one the program itself.
        starts_in_s: a program that ends sooner is started again after a growing pause.
    """

    name: str
    command: Sequence[str]
    starts_in_s: int = 2


def programs(settings: Settings, places: Places) -> list[Program]:
    """Return the programs that always run; Rasa's come and go with the models."""
    own = [places.python, "-m"]
    return [
        Program("api", [*own, "api.processes.die_with_parent", *own, "api.cli", "api"], starts_in_s=STARTING_S),
        Program("actions", [*own, "api.processes.launch", "actions", "--port", str(settings.actions_port)]),
        Program("worker", [*own, "api.processes.die_with_parent", *own, "api.cli", "worker"], starts_in_s=STARTING_S),
    ]


def rasa_program(places: Places, name: str, *, model_version: str, port: int) -> Program:
    """Return the program of one Rasa server; it checks the model's signature before every load."""
    launch = [places.python, "-m", "api.processes.launch", "rasa", "--model", model_version, "--port", str(port)]
    return Program(name, launch, starts_in_s=STARTING_S)


def write_config(settings: Settings, places: Places) -> Path:
    """Write the configuration for a fresh start and return its path; forgets the programs added while running."""
    for old in places.programs.glob("*.conf"):
        old.unlink()
    places.supervisor_conf.write_text(config_text(programs(settings, places), places), encoding="utf-8")
    return places.supervisor_conf


def config_text(always: Sequence[Program], places: Places) -> str:
    """Return the whole configuration."""
    sections = [
        f"""[unix_http_server]
file={_quoted(places.supervisor_socket)}
chmod=0700

[supervisord]
nodaemon=true
silent=true
pidfile={_quoted(places.supervisor_pid)}
logfile={_quoted(places.logs / "supervisord.log")}
logfile_maxbytes=5MB
logfile_backups=2
directory={_quoted(places.root)}
umask=027
minfds=1024

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[include]
files=programs/*.conf
"""
    ]
    return "\n".join(sections + [program_text(program, places) for program in always])


def program_text(program: Program, places: Places) -> str:
    """Return one program's section. What crashes is started again, for ever; a pause grows between failed starts."""
    return f"""[program:{program.name}]
command={_quoted(shlex.join(program.command))}
directory={_quoted(places.root)}
autostart=true
autorestart=true
startsecs={program.starts_in_s}
startretries=1000000
stopsignal=TERM
stopwaitsecs={ENDING_S}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={_quoted(places.logs / f"{program.name}.log")}
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=2
"""


def _quoted(value: str | Path) -> str:
    return os.fspath(value).replace("%", "%%")
