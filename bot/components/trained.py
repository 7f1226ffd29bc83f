"""What the trained components share: the encoder, and loading and saving inside Rasa's model storage."""

# ruff: noqa: ARG003 (Rasa calls these methods by the names of their arguments)
from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.components import shared
from bot.intents.vectors import SentenceEncoder

Part = TypeVar("Part")
Own = TypeVar("Own", bound="TrainedComponent[Any]")


class TrainedComponent(GraphComponent, Generic[Part]):  # type: ignore[misc]
    """A component around one trained part that needs the shared encoder."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        encoder: SentenceEncoder,
        part: Part | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = encoder
        self._part = part

    @staticmethod
    @abstractmethod
    def load_part(folder: Path, *, encoder_version: str) -> Part:
        """Load the part; raises `SavedUnusable`."""

    @staticmethod
    @abstractmethod
    def save_part(part: Part, folder: Path, /) -> None:
        """Write the part into a folder."""

    @classmethod
    def create(
        cls: type[Own],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Own:
        """Make one to be trained."""
        return cls(config, model_storage, resource, shared.load_encoder(shared.encoder_folder(config["encoder_dir"])))

    @classmethod
    def load(
        cls: type[Own],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Own:
        """Load the trained one.

        Raises:
            SavedUnusable: damaged, or trained with another encoder.
        """
        encoder = shared.load_encoder(shared.encoder_folder(config["encoder_dir"]))
        with model_storage.read_from(resource) as folder:
            part = cls.load_part(folder, encoder_version=encoder.encoder_version)
        return cls(config, model_storage, resource, encoder, part)

    def keep(self, part: Part) -> Resource:
        """Serve with a part just trained, and put it into the model; returns what names it there."""
        self._part = part
        with self._model_storage.write_to(self._resource) as folder:
            self.save_part(part, folder)
        return self._resource
