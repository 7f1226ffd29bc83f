"""Rasa's message processor without its silences and its waste."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.events import ActionExecutionRejected
from rasa.shared.core.trackers import DialogueStateTracker

from bot.action_server import ActionFailed
from bot.graph_runner import PlannedGraphRunner

KEPT_OF_PARSE = ("text", "intent", "entities", "understanding", "frustration")


class TurnProcessor(MessageProcessor):  # type: ignore[misc]
    """A processor whose failed actions fail the turn, instead of being logged and skipped."""

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        with tempfile.TemporaryDirectory() as unpacked:
            metadata, runner = loader.load_predict_graph_runner(
                Path(unpacked), Path(model_path), LocalModelStorage, PlannedGraphRunner
            )
        return os.path.basename(model_path), metadata, runner

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Run one action and log it on the tracker.

        Raises:
            ActionFailed: the action, or a remote part of a form, could not be run.
        """
        temporary = tracker.copy()
        temporary.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, temporary, self.domain)
        except ActionExecutionRejection:
            tracker.update(ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence))
            return bool(self.should_predict_another_action(action.name()))
        except ActionFailed:
            raise
        except Exception as error:
            raise ActionFailed(f"{action.name()} failed: {error!r}") from error
        self._log_action_on_tracker(tracker, action, events, prediction)
        await self._send_bot_messages(events or [], tracker, output_channel)
        return bool(self.should_predict_another_action(action.name()))

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: list[Any] | None,
        prediction: PolicyPrediction,
    ) -> None:
        # As in Rasa, without its deep copies of every event for a debug log that is off.
        events = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)

    async def understand(self, message: UserMessage, tracker: DialogueStateTracker) -> dict[str, Any]:
        """Parse one message and keep the parts a turn needs (no ranking of forty intents, no tokens)."""
        parsed = self._parse_message_with_graph(message, tracker)
        return {name: parsed[name] for name in KEPT_OF_PARSE if name in parsed}


def give_up(tracker: DialogueStateTracker, *_: object) -> None:
    """Fail a turn whose policies predict one action after another and never wait for the customer.

    Rasa would stop there and say all that was said on the way, the same words ten times for example.

    Raises:
        ActionFailed: always.
    """
    raise ActionFailed(f"the dialogue went round in circles, last with {tracker.latest_action_name}")


class BotAgent(Agent):  # type: ignore[misc]
    """Rasa's agent with our processor."""

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load the model once; a new model is a new process."""
        self.processor = TurnProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
            on_circuit_break=give_up,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.nlg.responses = self.domain.responses
