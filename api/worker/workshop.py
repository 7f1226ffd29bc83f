"""What every kind of work is given: the installation, its database and its clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from api.clock import Clock
from api.processes.places import Places
from api.settings import Settings
from api.store.database import Store
from api.worker.fleet import Fleet
from api.worker.rasa_probe import RasaProbe
from kb_index.cross_encoder import Judge, installed
from kb_index.encoder import Encoder, read_manifest


@dataclass
class Workshop:
    """The worker's collaborators.

    Attributes:
        fleet: Rasa's processes; None where no process manager runs, such as on the command line.
        probe: asks Rasa processes; None with the fleet.
    """

    settings: Settings
    places: Places
    store: Store
    clock: Clock
    fleet: Fleet | None = None
    probe: RasaProbe | None = None

    @cached_property
    def encoder(self) -> Encoder:
        """The installation's encoder, loaded at its first use."""
        return Encoder.load(self.places.encoder)

    @cached_property
    def judge(self) -> Judge | None:
        """The installation's cross-encoder, loaded at its first use; None where it has none."""
        return installed(self.places.cross_encoder)

    @property
    def data_dir(self) -> Path:
        """The folder `data/`, wherever the command was given."""
        chosen = self.settings.data_dir
        return chosen if chosen.is_absolute() else self.places.root / chosen

    @property
    def encoder_version(self) -> str:
        """Which encoder is installed, without loading it.

        Raises:
            EncoderUnusable: none is.
        """
        return read_manifest(self.places.encoder).encoder_version
