"""Search learns confirmed pairs of question and article when it answers better with them, and never otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from api.store.tables import Audit, KnowledgeBase
from api.store.tables import LabelledQuestion as Row
from kb_index.search import Search
from tests.worker.test_index_versions import NOW, build, shelf

__all__ = ["shelf"]

HELPFUL = ("the password of my pair", "password trouble")  # about boots, in which no article says so
HARMFUL = ("any gift at all", "gift any", "any gift any")  # confirmed by mistake as questions about boots


def wait(shop, texts: Sequence[str], article_id: str = "boots") -> None:
    rows = [
        Row(
            id=f"w{n}",
            kb="main",
            text=text,
            article_ids=[article_id],
            split="waiting",
            source="label:x",
            created_at=NOW,
        )
        for n, text in enumerate(texts)
    ]
    shop.store.write_sync(lambda session: session.add_all(rows))


def ask(shop, text: str, article_id: str) -> None:
    row = Row(kb="main", text=text, article_ids=[article_id], split="test", created_at=NOW)
    shop.store.write_sync(lambda session: session.add(row))


def splits(shop) -> list[str]:
    rows = select(Row.split).where(Row.source == "label:x").order_by(Row.id)
    return list(shop.store.read_sync(lambda session: session.scalars(rows).all()))


def learning(shop) -> dict:
    return shop.store.read_sync(lambda session: session.get_one(KnowledgeBase, "main").learning)


def first(shop, question: str) -> str:
    search = Search.open(shop.places.index, kb="main", encoder=shop.encoder)
    return next((one.article_id for one in search.suggest(question, limit=1).suggestions), "")


def test_pairs_that_help_are_learnt_and_serve(shelf):
    ask(shelf, "password", "boots")
    build(shelf)
    assert first(shelf, "the password") != "boots"
    wait(shelf, HELPFUL)
    build(shelf)
    assert splits(shelf) == ["taught", "taught"]
    assert first(shelf, "the password") == "boots"
    found = learning(shelf)
    assert (found["learnt"], found["pairs"]) == (True, 2)
    assert found["labelled"] == {"cases": 7, "without": 6, "with": 7, "gained": 1, "lost": 0}
    assert found["unseen"]["gained"] == 2  # each half is answered by what the other half taught
    [line] = shelf.store.read_sync(lambda s: s.scalars(select(Audit).where(Audit.action == "learn_pairs")).all())
    assert (line.subject, line.details["learnt"]) == ("main", True)


def test_pairs_that_cost_right_answers_wait_and_are_named(shelf):
    ask(shelf, "any gift", "refund")
    known = Row(kb="main", text="a gift", article_ids=["refund"], split="taught", created_at=NOW)
    shelf.store.write_sync(lambda session: session.add(known))
    build(shelf)
    assert first(shelf, "any gift") == "refund"
    wait(shelf, HARMFUL)
    build(shelf)
    assert splits(shelf) == ["waiting"] * 3
    assert first(shelf, "any gift") == "refund"
    assert learning(shelf)["labelled"]["lost"] == 1
    assert learning(shelf)["suspected"] == {"w0": ["any gift"]}


def test_pairs_that_change_nothing_wait(shelf):
    wait(shelf, ["tell me more of boots"])
    build(shelf)
    assert splits(shelf) == ["waiting"]
    assert (learning(shelf)["learnt"], learning(shelf)["labelled"]["gained"]) == (False, 0)
