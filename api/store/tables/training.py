"""Training: intents, examples, labels, jobs, models and the processes that serve them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.ids import new_id
from api.store.tables.base import MAYBE_JSON, Json, Table, key, maybe_of, of


class Intent(Table):
    """What a customer may want, and its one outcome; `intent_version` keeps what it was before."""

    __tablename__ = "intent"

    name: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))  # search | article | form | response | hand_off
    target: Mapped[str | None] = mapped_column(default=None)
    cut_off: Mapped[float | None] = mapped_column(default=None)
    description: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class IntentVersion(Table):
    """An intent as it was from one moment on. Rows are added, never changed."""

    __tablename__ = "intent_version"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))
    target: Mapped[str | None] = mapped_column(default=None)
    cut_off: Mapped[float | None] = mapped_column(default=None)
    description: Mapped[str] = mapped_column(default="")
    deleted: Mapped[bool] = mapped_column(default=False)  # taken out of the next training
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(default=None)


class TrainingExample(Table):
    """A sentence that shows an intent."""

    __tablename__ = "training_example"

    id: Mapped[str] = key()
    intent: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    held_out: Mapped[bool] = mapped_column(default=False)  # measures models, never trains one
    source: Mapped[str] = mapped_column(default="seed")  # seed | label:<id>
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class Label(Table):
    """What an administrator said a message means; the newest of a message that was not taken back counts."""

    __tablename__ = "label"

    id: Mapped[str] = key()
    message_id: Mapped[str] = of("message")
    intent: Mapped[str | None] = mapped_column(default=None)
    article_id: Mapped[str | None] = mapped_column(default=None)
    verdict: Mapped[str | None] = mapped_column(String(20), default=None)
    agent_id: Mapped[str | None] = maybe_of("agent")
    batch: Mapped[str | None] = mapped_column(String(22), default=None)  # given at one stroke, and taken back at one
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[str | None] = mapped_column(default=None)


class GoldenDialogue(Table):
    """A real conversation that has to go as it went; taken out of the gate by `deleted_at`, never changed."""

    __tablename__ = "golden_dialogue"

    id: Mapped[str] = key()
    name: Mapped[str]
    conversation_id: Mapped[str] = of("conversation")  # gone with it: what a customer may have erased judges no model
    lines: Mapped[Json] = mapped_column(JSON, default=list)  # as in data/dialogues.yml, without personal data
    created_by: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class Job(Table):
    """Long work for the worker, with progress anyone may read."""

    __tablename__ = "job"

    id: Mapped[str] = key()
    kind: Mapped[str] = mapped_column(String(16), index=True)  # train | index | promote | rollback | import | retention
    state: Mapped[str] = mapped_column(
        String(10), default="queued", index=True
    )  # queued | running | done | failed | cancelled
    stage: Mapped[str] = mapped_column(default="")
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1
    log: Mapped[str] = mapped_column(default="")
    arguments: Mapped[Json] = mapped_column(JSON, default=dict)
    comparison: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    outcome: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    requested_by: Mapped[str | None] = mapped_column(default=None)
    worker: Mapped[str | None] = mapped_column(default=None)  # which worker runs it
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    heartbeat_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class Model(Table):
    """A trained model in `var/models`, with its manifest."""

    __tablename__ = "model"

    version: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="candidate")  # candidate | serving | retired | refused
    manifest: Mapped[Json] = mapped_column(JSON, default=dict)
    comparison: Mapped[Json] = mapped_column(MAYBE_JSON, nullable=True, default=None)
    job_id: Mapped[str | None] = mapped_column(String(22), default=None)
    note: Mapped[str | None] = mapped_column(default=None)  # why it was refused
    created_at: Mapped[datetime]
    promoted_at: Mapped[datetime | None] = mapped_column(default=None)


class Serving(Table):
    """A named pointer, such as `model`: what serves now and what served before."""

    __tablename__ = "serving"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None] = mapped_column(default=None)
    previous: Mapped[str | None] = mapped_column(default=None)
    updated_at: Mapped[datetime]


class RasaProcess(Table):
    """One Rasa server. Turns go to `ready` ones; a `draining` one finishes what it has."""

    __tablename__ = "rasa_process"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    model_version: Mapped[str]
    url: Mapped[str]  # http://127.0.0.1:PORT
    state: Mapped[str] = mapped_column(String(10), default="starting", index=True)  # starting | ready | draining | gone
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)


class Meta(Table):
    """Facts about the database itself: `epoch`, `seeded`."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
