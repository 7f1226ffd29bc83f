"""Training examples and the text form of the data, as administrators move them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.review.training_imports import ExamplePlan
from api.schemas.people import Request
from api.store.tables import TrainingExample

SHOWN = 500  # examples of each kind in a preview


class ExampleText(BaseModel):
    """A sentence and the intent it shows."""

    intent: str
    text: str
    stands_as: str | None = None  # the intent that has it here already


class ExamplesPreview(BaseModel):
    """What importing training examples would change; nothing is written yet."""

    import_id: str
    count: int  # to be added
    new: list[ExampleText]  # the first of them
    same: int
    elsewhere: list[ExampleText]  # stand under another intent here; not added
    unknown: dict[str, int]  # intents that are not here, with how many examples; not added
    left_out: dict[str, str]  # what else is in the file -> why it is not taken

    @classmethod
    def of(cls, import_id: str, plan: ExamplePlan, left_out: dict[str, str]) -> ExamplesPreview:
        """Show a plan."""
        return cls(
            import_id=import_id,
            count=len(plan.new),
            new=[ExampleText(intent=intent, text=text) for intent, text in plan.new[:SHOWN]],
            same=plan.same,
            elsewhere=[
                ExampleText(intent=intent, text=text, stands_as=here) for text, intent, here in plan.elsewhere[:SHOWN]
            ],
            unknown=plan.unknown,
            left_out=left_out,
        )


class ExamplesAdded(BaseModel):
    """Training examples were added."""

    added: int


class ExampleRow(BaseModel):
    """One training example, standing or taken out."""

    intent: str
    text: str
    source: str  # seed | import | rasa | label:<id> | correction:<id>
    held_out: bool
    created_at: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, row: TrainingExample) -> ExampleRow:
        """Show a row."""
        return cls(
            intent=row.intent,
            text=row.text,
            source=row.source,
            held_out=row.held_out,
            created_at=row.created_at,
            deleted_at=row.deleted_at,
        )


class ExampleRows(BaseModel):
    """Training examples, newest first."""

    examples: list[ExampleRow]
    truncated: bool


class DataShown(BaseModel):
    """How the database and its text form differ."""

    folder: str
    export_diff: str  # what writing the folder would change in it
    import_diff: str  # what reading the folder would change here
    digest: str  # of both; whoever applies one says which they read


class DataAgreed(Request):
    """A difference that was read."""

    digest: Annotated[str, Field(min_length=64, max_length=64)]


class DataWritten(BaseModel):
    """The difference was applied."""

    changed: dict[str, int]  # files, or rows of each kind
