"""A website is fetched, looked at, applied, and kept in step with, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.processes.places import ROOT, Places
from api.store.tables import Job
from api.worker.jobs import Reporter, Work
from api.worker.sync import sync_source
from api.worker.workshop import Workshop
from tests.desk.office import Office, open_office
from tests.web_server import website


def work(office: Office) -> Any:
    """Do the jobs that wait, as the worker would."""
    var = office.settings.var_dir
    shop = Workshop(office.settings, Places(root=ROOT, var=var), office.store, office.clock)  # type: ignore[arg-type]
    for job in office.read(lambda session: session.query(Job).filter_by(kind="sync", state="queued").all()):
        reporter = Reporter(office.store, office.clock, job.id)
        sync_source(shop, Work(job.id, job.kind, dict(job.arguments), None), reporter)


def test_a_website_is_looked_at_then_kept_in_step(tmp_path: Path) -> None:
    with website() as site, open_office(tmp_path, import_hosts=site.host) as office:
        site.pages["/returns"] = b"<html><body><h1>Returns</h1><p>Thirty days.</p></body></html>"
        headers = office.person("admin").headers
        body = {"url": f"{site.address}/returns", "every_h": 24}
        added = office.client.post("/v1/article-sources", json=body, headers=headers)
        assert added.status_code == 202
        path = f"/v1/article-sources/{added.json()['source_id']}"
        work(office)
        shown = office.client.get(path, headers=headers).json()
        assert (shown["active"], shown["next_at"], shown["last"]["read"]) == (False, None, 1)
        waiting = f"/v1/article-imports/{shown['last']['import_id']}"
        [row] = office.client.get(waiting, headers=headers).json()["articles"]
        assert (row["article_id"], row["change"]) == ("returns", "new")
        assert office.client.get("/help/returns").status_code == 404
        assert office.client.post(f"{waiting}/apply", json={"draft": False}, headers=headers).json()["changed"] == 1
        assert "Thirty days." in office.client.get("/help/returns").text
        changed = office.client.patch(path, json={"every_h": 24, "publish": True}, headers=headers).json()
        assert (changed["active"], changed["publish"]) == (True, True)
        site.pages["/returns"] = b"<html><body><h1>Returns</h1><p>Sixty days.</p></body></html>"
        assert office.client.post(f"{path}/sync", headers=headers).status_code == 202
        work(office)
        assert "Sixty days." in office.client.get("/help/returns").text
        [listed] = office.client.get("/v1/article-sources", headers=headers).json()["sources"]
        assert (listed["last"]["changed"], listed["gone"]) == (["returns"], [])
        assert office.client.delete(path, headers=headers).status_code == 204
        assert office.client.get(path, headers=headers).status_code == 404
        assert "Sixty days." in office.client.get("/help/returns").text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://a@b.example/", "http://b.example:22/", "no address"])
def test_an_address_that_may_not_be_fetched_is_refused_at_once(office: Office, url: str) -> None:
    headers = office.person("admin").headers
    refused = office.client.post("/v1/article-sources", json={"url": url}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "import_refused")
    assert office.client.get("/v1/article-sources", headers=headers).json() == {"sources": []}
