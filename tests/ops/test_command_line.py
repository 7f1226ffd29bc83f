"""The command line: one clear line when something a person can mend is wrong (E12, B13), and what it prints."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.problems import Problem, line_for
from api.processes.places import ROOT
from api.processes.up import CannotStart, _check_disk, _check_ports
from api.settings import Settings


def deskmate(var: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DESKMATE_")}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=ROOT,
        env={**clean, "DESKMATE_VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_installation_has_secrets_of_its_own_and_no_account(tmp_path):
    assert deskmate(tmp_path / "var", "model", "list").returncode == 0
    secrets = {path.name: path for path in (tmp_path / "var" / "secrets").iterdir()}
    assert sorted(secrets) == ["identity", "internal", "signing"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.values()} == {0o600}
    texts = [path.read_text().strip() for path in secrets.values()]
    assert len(set(texts)) == 3
    assert all(len(text) == 64 for text in texts)
    assert deskmate(tmp_path / "var", "identity", "key").stdout.strip() == secrets["identity"].read_text().strip()


def test_it_refuses_to_work_with_an_example_key(tmp_path):
    deskmate(tmp_path / "var", "model", "list")
    (tmp_path / "var" / "secrets" / "internal").write_text("please-change-this-example-secret-0123456789\n")
    done = deskmate(tmp_path / "var", "model", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("deskmate: ")
    assert "example key" in done.stderr


def test_a_token_stands_alone_on_the_last_line_and_two_are_two_agents(tmp_path):
    first = deskmate(tmp_path / "var", "token", "create", "--role", "agent").stdout.splitlines()[-1]
    second = deskmate(tmp_path / "var", "token", "create", "--role", "agent").stdout.splitlines()[-1]
    assert first != second
    assert first.startswith("dm_agent_")
    assert " " not in first


def test_an_account_with_a_weak_password_is_refused_in_one_line(tmp_path):
    options = ["--email", "a@shop.example", "--name", "Ada", "--password", "password"]
    done = deskmate(tmp_path / "var", "agent", "create", *options)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_a_bad_setting_names_the_variable(tmp_path):
    done = deskmate(tmp_path / "var", "up", DESKMATE_PORT="eighty")
    assert done.returncode == 1
    assert done.stderr.startswith("deskmate: DESKMATE_PORT: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    done = deskmate(tmp_path / "var", "up")
    assert done.returncode == 1
    assert str(tmp_path / "var") in done.stderr


def test_a_folder_below_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    done = deskmate(tmp_path / "file" / "var", "up")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Not a directory" in done.stderr


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "No permission")],
)
def test_a_full_or_read_only_disk_is_said_in_one_line(number, words):
    line = line_for(OSError(number, os.strerror(number), "/srv/var/deskmate.db"))
    assert words in line
    assert "/srv/var/deskmate.db" in line


def test_a_fault_of_ours_keeps_its_traceback():
    assert line_for(KeyError("x")) is None
    assert line_for(Problem("do this")) == "do this"


def test_a_port_in_use_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} .* set DESKMATE_PORT"):
            _check_ports(Settings(port=port))


def test_a_nearly_full_disk_is_refused_before_anything_starts(places, monkeypatch):
    monkeypatch.setattr("api.processes.up.LEAST_FREE_BYTES", 10**18)
    with pytest.raises(CannotStart, match="nearly full"):
        _check_disk(places)


def test_a_missing_bot_environment_says_what_to_do(tmp_path):
    done = deskmate(tmp_path / "var", "prepare", DESKMATE_BOT_PYTHON="/nowhere/python")
    assert done.returncode == 1
    assert done.stderr.endswith("Run: make setup\n")


def test_a_backup_is_put_back_whole(tmp_path):
    deskmate(tmp_path / "var", "token", "create")
    file = tmp_path / "backup.tgz"
    assert deskmate(tmp_path / "var", "backup", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (tmp_path / "var" / "epoch").write_text("before")
    refused = deskmate(tmp_path / "var", "restore", str(file))
    assert "--replace" in refused.stderr
    assert deskmate(tmp_path / "var", "restore", "--replace", str(file)).returncode == 0
    assert not (tmp_path / "var" / "epoch").exists()
    assert deskmate(tmp_path / "other", "restore", str(file)).returncode == 0
    keys = {deskmate(tmp_path / name, "identity", "key").stdout for name in ("var", "other")}
    assert len(keys) == 1


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b" + b"\0" * 50])
def test_a_damaged_backup_changes_nothing(tmp_path, content):
    file = tmp_path / "backup.tgz"
    file.write_bytes(content)
    deskmate(tmp_path / "var", "token", "create")
    before = (tmp_path / "var" / "deskmate.db").read_bytes()
    done = deskmate(tmp_path / "var", "restore", "--replace", str(file))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert (tmp_path / "var" / "deskmate.db").read_bytes() == before


def test_scores_are_those_of_the_formulas(tmp_path):
    def write(name: str, *lines: dict) -> str:
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        return str(tmp_path / name)

    gold = write(
        "gold.jsonl",
        {"query_id": "1", "relevant_docs": ["a"], "gold_text": "one two three four"},
        {"query_id": "2", "relevant_docs": ["b"]},
        {"query_id": "3", "relevant_docs": []},
    )
    said = write(
        "said.jsonl",
        {"query_id": "1", "ranking": ["a", "b"], "confidence": 0.9, "passages": ["one two"], "answer": "one two"},
        {"query_id": "2", "ranking": ["a", "b"], "confidence": 0.4},
        {"query_id": "3", "ranking": ["a"], "confidence": 0.6},
    )
    done = deskmate(tmp_path / "var", "evaluate", "score", "retrieval", gold, said)
    figures = json.loads(done.stdout)
    assert (figures["hit@1"], figures["hit@5"], figures["mrr@10"]) == (0.5, 1.0, 0.75)
    assert figures["passage@1"] == 0  # two of four words are fewer than 60 %
    assert figures["answer_f1"] == pytest.approx(2 * 2 / 6)
    assert figures["unanswerable_auroc"] == 0.5
    assert figures["coverage_at_0.05_wrong"] == pytest.approx(1 / 3)
