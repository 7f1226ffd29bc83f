"""The README keeps its word: its commands exist, its links lead somewhere, its table names every folder."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess

import pytest
import typer.main
from typer.core import TyperArgument, TyperGroup
from typer.testing import CliRunner

from api.cli.main import app
from api.processes.places import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
DESKMATE = typer.main.get_command(app)
NOT_IN_THE_TABLE = {"LICENSE", "README.md"}
STARTS = ("make ", "deskmate ", ".venv/bin/deskmate ", "python -m ", ".venv/bin/python -m ", ".venv-bot/bin/python -m ")


def commands() -> list[str]:
    """Return every command the README shows, in its blocks and in its sentences, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
    return sorted({line for line in lines if line} | {text for text in inline if text.startswith(STARTS)})


def words_after(start: str) -> list[str]:
    """Return the commands that start so, each without its start."""
    return [command.partition(f"{start} ")[2] for command in commands() if re.match(rf"(\S*/)?{start} ", command)]


def test_every_command_is_one_that_is_tried_here():
    assert [command for command in commands() if not command.startswith(STARTS)] == []
    assert {"make run", "make test"} <= set(commands())


@pytest.mark.parametrize("words", words_after("make"))
def test_make_knows_what_the_readme_asks_of_it(words):
    done = subprocess.run(["make", "-n", *shlex.split(words)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for variable in re.findall(r"([A-Z]+)=", words):
        assert re.search(rf"^{variable} [?:]?=", makefile, re.MULTILINE), f"{variable} means nothing to make"


@pytest.mark.parametrize("words", words_after("deskmate"))
def test_deskmate_knows_the_command_its_options_and_its_arguments(words):
    command, rest = DESKMATE, shlex.split(words)
    names = []
    while isinstance(command, TyperGroup):
        names.append(rest.pop(0))
        assert names[-1] in command.commands
        command = command.commands[names[-1]]
    takes = {name: option for option in command.params for name in option.opts if name.startswith("--")}
    arguments = 0
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            arguments += 1
            continue
        assert word in takes
        if not getattr(takes[word], "is_flag", False):
            rest.pop(0)
    possible = [one for one in command.params if isinstance(one, TyperArgument)]
    assert sum(one.required for one in possible) <= arguments <= len(possible)
    help_page = CliRunner().invoke(app, [*names, "--help"])
    assert help_page.exit_code == 0, help_page.output


def test_every_module_to_run_is_there():
    names = [words.split()[0] for words in words_after("python -m")]
    assert [name for name in names if importlib.util.find_spec(name) is None] == []


def test_every_link_leads_somewhere():
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link}
    assert len(links) >= 3
    assert [link for link in sorted(links) if not (ROOT / link).exists()] == []


def test_the_folder_table_names_all_there_is():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    there = {path.split("/")[0] for path in listed.splitlines()}
    [table] = re.findall(r"\| folder \| means \|\n\|[-|]+\|\n((?:\|.*\n)+)", TEXT)
    named = {name.rstrip("/") for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    unlisted = {".gitignore", ".python-version"}
    assert named - {"var"} == there - NOT_IN_THE_TABLE - unlisted
