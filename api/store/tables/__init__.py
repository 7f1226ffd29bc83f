"""Every table, with what its rows mean.

Text is clean before it gets here (no NUL, no lone surrogate). Ids are 22 URL-safe characters from `new_id()`, times are
aware and in UTC, JSON columns hold plain JSON values. Words for states are plain strings, listed at their column.
"""

from __future__ import annotations

from api.store.tables.base import Json, Table
from api.store.tables.conversations import (
    Button,
    Conversation,
    DeskEvent,
    HandOff,
    Inbox,
    Instance,
    Lease,
    Message,
    SuppressedReply,
    Task,
    Turn,
    Visit,
)
from api.store.tables.desk import DeskPlace, Macro, Note, Snippet
from api.store.tables.knowledge import (
    Article,
    ArticleFeedback,
    ArticlePage,
    ArticleSource,
    ArticleVersion,
    KnowledgeBase,
    LabelledQuestion,
    QuestionVersion,
    SynonymList,
)
from api.store.tables.people import Agent, ApiToken, Audit, DeskLine, LoginAttempt, Session, SetupLink
from api.store.tables.suggestions import Suggestion, SuggestionFeedback, SuggestionSet
from api.store.tables.training import (
    GoldenDialogue,
    Intent,
    IntentVersion,
    Job,
    Label,
    Meta,
    Model,
    RasaProcess,
    Serving,
    TrainingExample,
)
from api.store.tables.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Agent",
    "ApiToken",
    "Article",
    "ArticleFeedback",
    "ArticlePage",
    "ArticleSource",
    "ArticleVersion",
    "Audit",
    "Button",
    "Conversation",
    "DeskEvent",
    "DeskLine",
    "DeskPlace",
    "GoldenDialogue",
    "HandOff",
    "Inbox",
    "Instance",
    "Intent",
    "IntentVersion",
    "Job",
    "Json",
    "KnowledgeBase",
    "Label",
    "LabelledQuestion",
    "Lease",
    "LoginAttempt",
    "Macro",
    "Message",
    "Meta",
    "Model",
    "Note",
    "QuestionVersion",
    "RasaProcess",
    "Serving",
    "Session",
    "SetupLink",
    "Snippet",
    "Suggestion",
    "SuggestionFeedback",
    "SuggestionSet",
    "SuppressedReply",
    "SynonymList",
    "Table",
    "Task",
    "TrainingExample",
    "Turn",
    "Visit",
    "Webhook",
    "WebhookDelivery",
]
