"""Logging in: throttled, revocable at once, useless to other sites (E07, E08, E09, E11, E12, E14, E15)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from starlette.websockets import WebSocketDisconnect

from api.security.accounts import create_setup_link
from api.security.audit import first_damaged_line
from api.security.tokens import token_hash
from api.store.tables import Agent, Audit, Session, SetupLink
from tests.desk.office import ORIGIN, PASSWORD, Office, open_office

BROWSER = {"Origin": ORIGIN}


def log_in(office: Office, password: str = PASSWORD, *, email: str = "ada@tarnwick.example", **headers: str) -> Any:
    body = {"email": email, "password": password}
    return office.client.post("/v1/sessions", json=body, headers=headers or None)


def test_a_log_in_opens_the_desk_and_its_end_closes_it(office: Office) -> None:
    office.account("admin")
    answer = log_in(office, email="  ADA@Tarnwick.example ")
    assert answer.status_code == 201
    assert answer.json()["agent"]["role"] == "admin"
    me = office.client.get("/v1/me").json()
    assert (me["name"], me["email"]) == ("Ada", "ada@tarnwick.example")
    cookie = office.client.cookies["deskmate_session"]
    assert office.client.delete("/v1/sessions/current", headers=BROWSER).status_code == 204
    assert office.client.get("/v1/me", headers={"Cookie": f"deskmate_session={cookie}"}).status_code == 401


def test_only_hashes_of_passwords_sessions_and_tokens_are_stored(office: Office) -> None:
    office.account()
    log_in(office)
    cookie = office.client.cookies["deskmate_session"]
    [stored] = office.read(lambda s: s.query(Session).all())
    assert stored.token_hash == token_hash(cookie)
    assert cookie not in str(vars(stored))
    [agent] = office.read(lambda s: s.query(Agent).all())
    assert PASSWORD not in str(vars(agent))


def test_a_log_in_never_keeps_the_cookie_it_was_handed(office: Office) -> None:
    office.account()
    log_in(office)
    first = office.client.cookies["deskmate_session"]
    log_in(office)
    assert office.client.cookies["deskmate_session"] != first
    assert office.client.get("/v1/me", headers={"Cookie": f"deskmate_session={first}"}).status_code == 401


def test_a_new_password_ends_every_other_log_in(office: Office) -> None:
    office.account()
    log_in(office)
    elsewhere = office.client.cookies["deskmate_session"]
    office.client.cookies.clear()
    log_in(office)
    change = {"current": PASSWORD, "password": "another patient one"}
    assert office.client.put("/v1/me/password", json=change | {"current": "wrong"}, headers=BROWSER).status_code == 403
    assert office.client.put("/v1/me/password", json=change | {"password": "short"}, headers=BROWSER).status_code == 422
    assert office.client.put("/v1/me/password", json=change, headers=BROWSER).status_code == 204
    assert office.client.get("/v1/me").status_code == 200
    assert office.client.get("/v1/me", headers={"Cookie": f"deskmate_session={elsewhere}"}).status_code == 401
    assert log_in(office).status_code == 401
    assert log_in(office, "another patient one").status_code == 201


def test_a_disabled_account_is_shut_out_at_once(office: Office) -> None:
    agent_id = office.account()
    admin = office.person("admin").headers
    log_in(office)
    disabled = office.client.patch(f"/v1/agents/{agent_id}", json={"disabled": True}, headers=admin)
    assert disabled.json()["disabled"]
    assert office.client.get("/v1/me").status_code == 401
    assert log_in(office).status_code == 401
    office.client.patch(f"/v1/agents/{agent_id}", json={"disabled": False}, headers=admin)
    assert office.client.get("/v1/me").status_code == 401  # the old log-in stays dead
    assert log_in(office).status_code == 201


def test_a_lower_role_counts_at_once(office: Office) -> None:
    office.account("admin", email="boss@tarnwick.example")
    agent_id = office.account("admin")
    log_in(office)
    assert office.client.get("/v1/agents").status_code == 200
    admin = office.person("admin").headers
    office.client.patch(f"/v1/agents/{agent_id}", json={"role": "agent"}, headers=admin)
    assert office.client.get("/v1/agents").status_code == 401
    log_in(office)
    assert office.client.get("/v1/agents").status_code == 403


def test_the_last_administrator_cannot_be_lost(office: Office) -> None:
    agent_id = office.account("admin")
    admin = office.person("admin").headers
    for change in ({"disabled": True}, {"role": "agent"}):
        refused = office.client.patch(f"/v1/agents/{agent_id}", json=change, headers=admin)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "account_refused")


def test_sessions_end_by_themselves(office: Office) -> None:
    office.account()
    log_in(office)
    office.clock.advance(11 * 3600)
    assert office.client.get("/v1/me").status_code == 200  # and this use is noted
    office.clock.advance(11 * 3600)
    assert office.client.get("/v1/me").status_code == 200
    office.clock.advance(13 * 3600)
    assert office.client.get("/v1/me").status_code == 401


def test_guessing_is_stopped_per_address_and_account(office: Office) -> None:
    office.account()
    for _ in range(5):
        assert log_in(office, "a wrong password").status_code == 401
    stopped = log_in(office)  # even the right one
    assert (stopped.status_code, stopped.json()["error"]["code"]) == (429, "too_many_attempts")
    assert int(stopped.headers["retry-after"]) > 0
    forged = log_in(office, **{"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429
    assert log_in(office, email="eve@tarnwick.example").status_code == 401  # others are not stopped
    office.clock.advance(301)
    assert log_in(office).status_code == 201


def test_spraying_one_password_over_many_accounts_is_stopped_too(office: Office) -> None:
    office.account()
    answers = [log_in(office, email=f"agent{number}@tarnwick.example").status_code for number in range(31)]
    assert answers == [401] * 30 + [429]
    assert log_in(office).status_code == 429
    office.clock.advance(301)
    assert log_in(office).status_code == 201


def test_an_unknown_account_answers_like_a_wrong_password(office: Office) -> None:
    office.account()
    office.person(name="Program")  # has no password
    known, unknown = log_in(office, "wrong"), log_in(office, email="nobody@tarnwick.example")
    program = log_in(office, email="agent1@tarnwick.example")
    assert known.status_code == unknown.status_code == program.status_code == 401
    assert known.json() == unknown.json() == program.json()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8000.evil.example", None])
def test_a_cookie_sent_along_by_another_page_does_nothing(office: Office, origin: str | None) -> None:
    office.account("admin")
    log_in(office)
    guest = office.guest()
    headers = {"Origin": origin} if origin else None
    for method, path, body in [
        ("POST", f"{guest.path}/take", None),
        ("POST", f"{guest.path}/close", None),
        ("DELETE", "/v1/sessions/current", None),
        ("POST", "/v1/agents", {"name": "Eve", "email": "eve@x.example", "password": "long enough for Eve"}),
    ]:
        answer = office.client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_refused")
    assert office.client.get("/v1/me").status_code == 200


def test_a_page_that_only_carries_the_widget_is_no_console_of_ours(tmp_path: Any) -> None:
    own, shop = "https://help.tarnwick.example", "https://www.tarnwick.example"
    with open_office(tmp_path, public_url=own, allowed_origins=shop) as office:
        office.account("admin")
        cookie = log_in(office, Origin=own).headers["set-cookie"].partition(";")[0]
        for origin, status in ((own, 404), (shop, 403)):
            headers = {"Cookie": cookie, "Origin": origin}
            assert office.client.post("/v1/conversations/nothing/take", headers=headers).status_code == status
        opened = office.client.post("/v1/conversations", json={}, headers={"Origin": shop})
        assert (opened.status_code, opened.headers["access-control-allow-origin"]) == (201, shop)
        with pytest.raises(WebSocketDisconnect), office.socket("/v1/desk", {"Cookie": cookie, "Origin": shop}):
            pass
        with office.socket("/v1/chat", {"Origin": shop}) as socket:
            socket.send_json({"type": "hello", "token": opened.json()["token"]})
            assert socket.receive_json()["type"] == "owner"
        with office.socket("/v1/desk", {"Cookie": cookie, "Origin": own}) as socket:
            socket.send_json({"type": "hello"})
            assert socket.receive_json()["type"] in ("event", "ready")


def test_another_page_cannot_log_its_visitor_in(office: Office) -> None:
    office.account()
    assert log_in(office, Origin="https://evil.example").status_code == 403
    form = office.client.post("/v1/sessions", data={"email": "ada@tarnwick.example", "password": PASSWORD})
    text = office.client.post(
        "/v1/sessions", content='{"email": "ada@tarnwick.example", "password": "x"}',
        headers={"Content-Type": "text/plain"},
    )  # fmt: skip
    assert form.status_code in (415, 422)
    assert text.status_code in (415, 422)


def test_cookies_are_strict_under_https(tmp_path: Any) -> None:
    with open_office(tmp_path, public_url="https://help.tarnwick.example") as office:
        office.account()
        cookie = log_in(office).headers["set-cookie"]
    assert cookie.startswith("__Host-deskmate_session=")
    for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie


def test_the_first_administrator_comes_by_a_link_that_works_once(office: Office) -> None:
    """E12."""
    assert office.read(lambda s: s.query(Agent).count()) == 0  # no default account
    link = office.write(lambda s: create_setup_link(s, now=office.clock.now()))
    body = {"token": link, "name": "Ada", "email": "ada@tarnwick.example", "password": "short"}
    assert office.client.post("/v1/setup", json=body).status_code == 422  # and the link is not spent
    body["password"] = PASSWORD
    assert office.client.post("/v1/setup", json=body).status_code == 201
    assert office.client.get("/v1/me").json()["role"] == "admin"
    assert office.client.post("/v1/setup", json=body | {"email": "eve@tarnwick.example"}).status_code == 401
    [stored] = office.read(lambda s: s.query(SetupLink).all())
    assert stored.token_hash == token_hash(link)


def test_a_set_up_link_grows_old_and_gives_way_to_a_newer_one(office: Office) -> None:
    """E12."""
    body = {"name": "Ada", "email": "ada@tarnwick.example", "password": PASSWORD}
    old = office.write(lambda s: create_setup_link(s, now=office.clock.now()))
    office.clock.advance(3601)
    assert office.client.post("/v1/setup", json=body | {"token": old}).status_code == 401
    replaced = office.write(lambda s: create_setup_link(s, now=office.clock.now()))
    newest = office.write(lambda s: create_setup_link(s, now=office.clock.now()))
    assert office.client.post("/v1/setup", json=body | {"token": replaced}).status_code == 401
    assert office.client.post("/v1/setup", json=body | {"token": newest}).status_code == 201


def test_two_tokens_are_two_agents(office: Office) -> None:
    one, other = office.person(name="One"), office.person(name="Two")
    assert one.agent_id != other.agent_id
    assert office.client.get("/v1/me", headers=one.headers).json()["name"] == "One"
    assert office.client.get("/v1/me", headers=other.headers).json()["name"] == "Two"


def test_a_wrong_token_is_not_saved_by_a_right_cookie(office: Office) -> None:
    office.account()
    log_in(office)
    for header in ("Bearer nonsense", "Basic YTpi", "Bearer ", "nonsense"):
        assert office.client.get("/v1/me", headers={"Authorization": header}).status_code == 401


def test_the_audit_log_tells_who_did_what_and_shows_a_changed_line(office: Office) -> None:
    agent_id = office.account("admin")
    log_in(office, "a wrong password")
    log_in(office)
    office.client.patch(f"/v1/agents/{agent_id}", json={"password": "yet another one"}, headers=BROWSER)
    lines = office.read(lambda s: [(line.actor, line.action, line.successful) for line in s.query(Audit)])
    assert lines == [
        ("cli", "create_account", True),
        ("nobody", "log_in", False),
        (f"agent:{agent_id}", "log_in", True),
        (f"agent:{agent_id}", "set_password", True),
    ]
    assert office.read(first_damaged_line) is None
    office.write(lambda s: s.execute(update(Audit).where(Audit.id == 2).values(successful=True)))
    assert office.read(first_damaged_line) == 2


def test_every_answer_carries_the_headers_that_keep_browsers_in_bounds(office: Office) -> None:
    for path in ("/v1/me", "/v1/availability", "/help", "/nothing"):
        headers = office.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in headers
    assert office.client.get("/v1/me").headers["cache-control"] == "no-store"
