"""Where one installation keeps its files, and which Python runs what."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from api.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108 bytes


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one installation.

    Attributes:
        root: the checkout: code, `config.yml`, `domain.yml`, `data/`.
        var: everything a run writes.
    """

    root: Path
    var: Path

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Return the places the settings name, absolute."""
        return cls(root=ROOT, var=settings.var_dir.resolve())

    @property
    def python(self) -> str:
        """The Python of the API, the worker and the command line."""
        return sys.executable

    @property
    def bot_python(self) -> Path:
        """The Python of Rasa and the actions; `DESKMATE_BOT_PYTHON` names another one."""
        return Path(os.environ.get("DESKMATE_BOT_PYTHON") or self.root / ".venv-bot" / "bin" / "python")

    @property
    def encoder(self) -> Path:
        """Folder of the exported encoder."""
        return self.var / "encoder"

    @property
    def cross_encoder(self) -> Path:
        """Folder of the exported cross-encoder, which most installations do not have."""
        return self.var / "cross_encoder"

    @property
    def index(self) -> Path:
        """Folder of all indexes."""
        return self.var / "index"

    @property
    def models(self) -> Path:
        """Folder of all trained models, one folder each."""
        return self.var / "models"

    @property
    def logs(self) -> Path:
        """Folder of what the processes print."""
        return self.var / "logs"

    @property
    def run(self) -> Path:
        """Folder of what only a running installation needs."""
        return self.var / "run"

    @property
    def work(self) -> Path:
        """Folder of what the worker's job needs while it runs; what a killed job left goes at the next start."""
        return self.var / "work"

    @property
    def programs(self) -> Path:
        """Folder of the programs added while running, one file each."""
        return self.run / "programs"

    @property
    def supervisor_conf(self) -> Path:
        """The process manager's configuration, written at each start."""
        return self.run / "supervisord.conf"

    @property
    def supervisor_pid(self) -> Path:
        """File with the process manager's process id."""
        return self.run / "supervisord.pid"

    @property
    def supervisor_socket(self) -> Path:
        """The process manager's socket; in a short folder of its own when `var` lies too deep for one."""
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"deskmate-{os.getuid()}-{digest}" / "supervisor.sock"

    @property
    def internal_secret(self) -> Path:
        """File with the secret of the calls between our own processes."""
        return self.var / "secrets" / "internal"

    def make(self) -> None:
        """Make every folder.

        Raises:
            OSError: `var` cannot be written.
        """
        for folder in (self.var, self.index, self.models, self.logs, self.run, self.work, self.programs):
            folder.mkdir(parents=True, exist_ok=True)
        self.supervisor_socket.parent.mkdir(mode=0o700, exist_ok=True)
        self.run.chmod(0o700)
