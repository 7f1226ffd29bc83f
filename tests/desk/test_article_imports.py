"""Importing articles: seen before it is written; what is hostile gets no further than the child (F01-F04)."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from api.articles.intake import read_upload
from api.articles.limits import LARGEST_FILE, MOST_FILES, Refused
from tests.desk.office import Office

MARKDOWN = b"---\nid: returns\ntitle: Returns\nquestions:\n- can I send it back\n---\n\nSend it back within 60 days.\n"
HTML = b"<!doctype html><html><head><title>Delivery</title></head><body><h1>Delivery</h1><p>Two days.</p></body></html>"
CSV = (
    b"title,question,answer,category\nPayment,how do I pay | which cards,By card.,Orders\nGifts,,We wrap them.,Orders\n"
)


def zipped(files: dict[str, bytes], **options: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def damaged(compression: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        archive.writestr("a.md", MARKDOWN * 20)
    content = bytearray(made.getvalue())
    for place in range(45, 70):  # behind the name, in what is packed
        content[place] ^= 0xFF
    return bytes(content)


def linked() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entry = zipfile.ZipInfo("returns.md")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return made.getvalue()


def lying_bomb() -> bytes:
    """A zip whose directory says that its one file is small."""
    content = zipped({"big.md": b"a" * (LARGEST_FILE + 10)})
    real = (LARGEST_FILE + 10).to_bytes(4, "little")
    return content.replace(real, (5000).to_bytes(4, "little"))


def test_every_kind_of_file_is_read_alone_and_in_a_zip() -> None:
    taken = read_upload(zipped({"a/returns.md": MARKDOWN, "delivery.html": HTML, "faq.csv": CSV}), "help.zip")
    assert [(one.article_id, one.title, one.category) for one in taken.articles] == [
        ("delivery", "Delivery", ""),
        ("gifts", "Gifts", "Orders"),
        ("payment", "Payment", "Orders"),
        ("returns", "Returns", ""),
    ]
    assert taken.articles[2].questions == ("how do I pay", "which cards")
    assert taken.refused == {}
    [alone] = read_upload(MARKDOWN, "returns.md").articles
    assert (alone.body, alone.questions) == ("Send it back within 60 days.", ("can I send it back",))


def test_what_a_file_is_is_told_by_its_content_not_by_its_name() -> None:
    [html] = read_upload(HTML, "delivery.csv").articles
    assert (html.title, html.body) == ("Delivery", "Two days.")


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"MZ\x90\x00", "manual.pdf", "a program"),
        (b"%PDF-1.7", "manual.md", "the PDF cannot be read"),
        (b"<svg onload='alert(1)'></svg>", "logo.md", "a picture"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "a.md", "XML"),
        (b"\xff\xfe\x00", "a.md", "no UTF-8"),
        (b"a\x00b", "a.md", "no text"),
        (b"just text", "a.exe", "only Markdown"),
        (b"   ", "a.md", "no text"),
        (b"colour,size\nred,2\n", "a.csv", "no column"),
        (b"---\ntitle: !!python/object/apply:os.system [id]\n---\ntext", "a.md", "cannot be read"),
        (zipped({"../../etc/cron.d/x.md": MARKDOWN}), "a.zip", "leads out"),
        (zipped({"/etc/x.md": MARKDOWN}), "a.zip", "leads out"),
        (zipped({"C:\\x.md": MARKDOWN}), "a.zip", "leads out"),
        (linked(), "a.zip", "a link"),
        (zipped({"big.md": b"a" * 1_000_000}), "a.zip", "more tightly"),
        (zipped({f"{n}.md": b"x" for n in range(MOST_FILES + 1)}), "a.zip", "more than 2000 files"),
        (lying_bomb(), "a.zip", "a"),
        (zipped({"a.md": MARKDOWN})[:-30], "a.zip", "cannot be read"),
        (damaged(zipfile.ZIP_DEFLATED), "a.zip", "cannot be read"),
        (damaged(zipfile.ZIP_LZMA), "a.zip", "cannot be read"),
    ],
)
def test_what_is_hostile_or_no_article_is_refused_with_the_reason(content: bytes, name: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_upload(content, name)


def test_one_bad_file_in_a_zip_leaves_the_others() -> None:
    taken = read_upload(zipped({"returns.md": MARKDOWN, "evil.exe": b"MZ", "inner.zip": zipped({})}), "help.zip")
    assert [one.article_id for one in taken.articles] == ["returns"]
    assert set(taken.refused) == {"evil.exe", "inner.zip"}


def test_scripts_do_not_survive_the_reading() -> None:
    hostile = b"# Hi\n\n<script>alert(1)</script>Text <img src=x onerror=alert(1)> [go](javascript:alert(1))\n"
    [article] = read_upload(hostile, "hi.md").articles
    assert "<" not in article.body


def test_a_file_that_eats_memory_ends_the_child_and_not_the_service(tmp_path: Path) -> None:
    layers = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    layers += [f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]
    bomb = "---\n" + "\n".join(layers) + "\ntitle: *j\n---\ntext"
    (tmp_path / "bomb").write_text(bomb)
    command = [sys.executable, "-m", "api.articles.intake", tmp_path / "bomb", "bomb.md", tmp_path / "read.json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    read = json.loads((tmp_path / "read.json").read_text()) if done.returncode == 0 else {"refusal": "killed"}
    assert "refusal" in read


def upload(office: Office, content: bytes, name: str) -> Any:
    headers = office.person("admin").headers
    return office.client.post("/v1/article-imports", params={"name": name}, content=content, headers=headers)


def test_an_import_is_shown_before_it_is_written_and_written_as_drafts(office: Office) -> None:
    office.article("returns", body="Send it back within 30 days.", questions=["can I send it back"])
    office.article("delivery", body="Two days.")
    shown = upload(office, zipped({"returns.md": MARKDOWN, "delivery.html": HTML, "faq.csv": CSV}), "help.zip")
    assert shown.status_code == 201
    assert {row["article_id"]: row["change"] for row in shown.json()["articles"]} == {
        "gifts": "new", "payment": "new", "returns": "changed", "delivery": "same",
    }  # fmt: skip
    [returns] = [row for row in shown.json()["articles"] if row["article_id"] == "returns"]
    assert "-Send it back within 30 days." in returns["diff"]
    assert "+Send it back within 60 days." in returns["diff"]
    headers = office.person("admin").headers
    before = office.client.get("/v1/articles", headers=headers).json()["articles"]
    assert [row["state"] for row in before] == ["published", "published"]
    choice = {"article_ids": ["returns", "gifts"]}
    path = f"/v1/article-imports/{shown.json()['import_id']}/apply"
    assert office.client.post(path, json=choice, headers=headers).json() == {"changed": 2, "draft": True}
    states = {
        r["article_id"]: r["state"] for r in office.client.get("/v1/articles", headers=headers).json()["articles"]
    }
    assert states == {"gifts": "draft", "returns": "changed", "delivery": "published"}
    assert "30 days" in office.client.get("/help/returns").text
    assert office.client.post("/v1/articles/returns/publish", headers=headers).json()["state"] == "published"
    assert "60 days" in office.client.get("/help/returns").text
    assert office.client.post(path, json=choice, headers=headers).status_code == 404


def test_a_refused_upload_says_why_and_writes_nothing(office: Office) -> None:
    refused = upload(office, b"MZ", "manual.pdf")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "import_refused")
    assert refused.json()["error"]["message"].startswith("manual.pdf is not imported: it is a program")
    assert list((office.settings.var_dir / "imports").iterdir()) == []


def test_a_name_with_a_nul_in_it_is_a_name_like_others(office: Office) -> None:
    assert upload(office, MARKDOWN, "re\0turns.md").status_code == 201


@pytest.mark.parametrize("import_id", ["x", "..%2F..%2Fsecrets", "A" * 22])
def test_only_imports_that_wait_are_applied(office: Office, import_id: str) -> None:
    headers = office.person("admin").headers
    path = f"/v1/article-imports/{import_id}/apply"
    assert office.client.post(path, json={}, headers=headers).status_code == 404


def test_only_administrators_import(office: Office) -> None:
    refused = office.client.post(
        "/v1/article-imports", params={"name": "a.md"}, content=MARKDOWN, headers=office.person().headers
    )
    assert refused.status_code in {403, 404}


def test_a_draft_is_previewed_kept_from_customers_and_let_go_of(office: Office) -> None:
    headers = office.person("admin", name="Ada").headers
    text = {"title": "Zips", "body": "We mend zips.", "draft": True}
    made = office.client.put("/v1/articles/zips", json=text, headers=headers).json()
    assert (made["state"], made["published"], made["versions"][0]["by"]) == ("draft", None, "Ada")
    assert office.client.get("/help/zips").status_code == 404
    body = {"body": "**Hi** <script>alert(1)</script> [x](javascript:alert(1)) ![](https://evil.example/p.png)"}
    html = office.client.post("/v1/articles/preview", json=body, headers=headers).json()["html"]
    assert "<strong>Hi</strong>" in html
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    first = office.client.get("/v1/articles/zips/versions/1", headers=headers).json()
    assert (first["title"], first["body"]) == ("Zips", "We mend zips.")
    assert office.client.delete("/v1/articles/zips/draft", headers=headers).status_code == 204
    assert office.client.get("/v1/articles/zips", headers=headers).status_code == 404
