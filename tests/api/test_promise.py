"""The error budget is compared with what customers and agents say of the bot's own answers."""

from __future__ import annotations

import pytest

from api.suggestions.promise import Promise, judged_wrong, verdict
from tests.running import RunningApi


def test_the_chance_of_so_many_wrong_ones_is_exact() -> None:
    assert Promise.of(10, 0, budget=0.1).chance == 1.0
    assert Promise.of(10, 1, budget=0.1).chance == pytest.approx(1 - 0.9**10)
    assert Promise.of(3, 2, budget=0.5).chance == pytest.approx(0.5)
    assert Promise.of(3000, 300, budget=0.05).chance < 1e-9


@pytest.mark.parametrize(
    ("judged", "wrong", "kept"),
    [(0, 0, True), (3, 1, True), (20, 1, True), (20, 4, False), (400, 20, True), (400, 32, False)],
)
def test_a_promise_is_broken_when_chance_does_not_explain_it(judged: int, wrong: int, kept: bool) -> None:
    assert Promise.of(judged, wrong, budget=0.05).kept is kept


def test_an_agents_word_counts_more_than_the_customers() -> None:
    assert judged_wrong(True, "wrong") is True
    assert judged_wrong(False, None) is True
    assert judged_wrong(None, "partly") is False
    assert judged_wrong(None, None) is None
    customer_says_no, agent_says_fine = (True, True), (False, False)
    assert verdict([customer_says_no, agent_says_fine]) is False
    assert verdict([customer_says_no]) is True


def test_administrators_see_when_the_promise_no_longer_holds(any_api: RunningApi) -> None:
    api, admin = any_api, any_api.agent("admin")
    before = api.http.get("/v1/health", headers=admin).json()["promise"]
    assert (before["judged"], before["kept"], before["budget"]) == (0, True, 0.05)
    for number in range(4):
        customer = api.customer()
        customer.ask(f"where is my parcel, number {number}")
        found = api.http.post(
            "/v1/suggestions", json={"message_id": customer.page()["messages"][0]["message_id"]}, headers=api.agent()
        ).json()
        path = f"/v1/suggestions/{found['suggestions'][0]['suggestion_id']}/feedback"
        assert api.http.patch(path, json={"helpful": False}, headers=customer.headers).status_code == 200
    after = api.http.get("/v1/health", headers=admin).json()["promise"]
    assert (after["judged"], after["wrong"], after["kept"]) == (4, 4, False)
    assert "deskmate_promise_kept 0.0" in api.http.get("/metrics").text
