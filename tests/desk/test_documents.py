"""PDFs and Word documents as articles, and what is hidden in them (F01-F04)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from api.articles.intake import read_upload
from api.articles.limits import MOST_PAGES, Refused
from api.articles.markdown import to_html
from tests.desk.documents import deep_pdf, paragraph, pdf, word

FULL = "You may send anything back to us within sixty days of the day on which it came,"
MANUAL = pdf(
    [("Tarnwick manual", 8), ("Returns", 20), (FULL, 11), ("unused and in its box.", 11), ("1", 8)],
    [("Tarnwick manual", 8), ("Refunds", 15), ("We pay it back to:", 11), ("- your card", 11), ("- a gift card", 11)],
    [("Tarnwick manual", 8), ("Exceptions are under-", 11), ("wear and food.", 11), ("3", 8)],
)


def test_a_pdf_is_read_with_its_headings_paragraphs_and_lists() -> None:
    [article] = read_upload(MANUAL, "help/manual.pdf").articles
    assert (article.article_id, article.title) == ("help-manual", "Returns")
    assert article.body == (
        f"{FULL} unused and in its box.\n\n## Refunds\n\nWe pay it back to:\n\n- your card\n- a gift card\n\n"
        "Exceptions are underwear and food."
    )


def test_a_pdf_says_itself_what_it_is_called() -> None:
    [article] = read_upload(pdf([("Sixty days.", 11)], title="Sending things back"), "a.pdf").articles
    assert (article.title, article.body) == ("Sending things back", "Sixty days.")


def test_a_word_document_is_read_with_its_headings_lists_and_tables() -> None:
    cells = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("Country", "Days"))
    table = f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    body = paragraph("Delivery abroad", "Title") + paragraph("How long", "Heading1") + paragraph("Ten days.") + table
    [article] = read_upload(word(body), "abroad.docx").articles
    assert (article.article_id, article.title) == ("abroad", "Delivery abroad")
    assert article.body == "# How long\n\nTen days.\n\n| Country | Days |\n| --- | --- |"


def test_what_a_word_document_says_of_scripts_stays_text() -> None:
    hostile = paragraph("Hi", "Title") + paragraph("&lt;script&gt;alert(1)&lt;/script&gt; Text")
    [article] = read_upload(word(hostile), "a.docx").articles
    assert article.body == "<script>alert(1)</script> Text"
    assert to_html(article.body) == "<p>&lt;script&gt;alert(1)&lt;/script&gt; Text</p>\n"


ENTITY = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
INCLUDES = b"\xff\xfe" + '<!DOCTYPE w:x SYSTEM "http://169.254.169.254/latest">'.encode("utf-16-le")


def office(part: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<a/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(word(paragraph("&x;"), before=ENTITY), "declares entities", id="F04: an external entity"),
        pytest.param(word(paragraph("&b;"), before=LAUGHS), "declares entities", id="F01: a huge entity"),
        pytest.param(word("", **{"word/x.xml": INCLUDES}), "declares entities", id="F04: in UTF-16"),
        pytest.param(word(paragraph("a" * 3_000_000)), "more tightly", id="F01: a packed paragraph"),
        pytest.param(word("", **{"word/../../x": b""}), "leads out", id="F02: a name that leads out"),
        pytest.param(word("<w:p><unclosed>"), "cannot be read", id="a damaged Word document"),
        pytest.param(office("xl/workbook.xml"), "a spreadsheet", id="a spreadsheet"),
        pytest.param(office("ppt/presentation.xml"), "a presentation", id="a presentation"),
        pytest.param(pdf(*[[("x", 9)]] * (MOST_PAGES + 1)), "more than 1000 pages", id="F01: too many pages"),
        pytest.param(pdf([]), "no text in it", id="a scan"),
        pytest.param(MANUAL[:200], "cannot be read", id="half a PDF"),
        pytest.param(pdf([("x" * 500_000, 9)]), "longer than", id="F01: a page of half a million letters"),
    ],
)
def test_a_hostile_or_damaged_document_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_upload(content, "a.docx")


def test_what_a_document_is_is_told_by_its_content() -> None:
    """F03: a program called .pdf, a PDF called .csv, and a PDF that is a zip as well."""
    with pytest.raises(Refused, match="a program"):
        read_upload(b"MZ\x90\x00", "manual.pdf")
    [article] = read_upload(pdf([("Sixty days.", 11)]), "manual.csv").articles
    assert article.body == "Sixty days."
    made = io.BytesIO(pdf([("Sixty days.", 11)]))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("evil.md", "# Evil")
    [polyglot] = read_upload(made.getvalue(), "manual.zip").articles
    assert polyglot.body == "Sixty days."


def test_a_page_that_unpacks_to_gigabytes_ends_with_the_child(tmp_path: Path) -> None:
    """F01: 200 MB of one letter in 200 kB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"a" * 2**20) for _ in range(200)) + packer.flush()
    (tmp_path / "bomb").write_bytes(deep_pdf(packed))
    command = [sys.executable, "-m", "api.articles.intake", tmp_path / "bomb", "bomb.pdf", tmp_path / "read.json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "refusal" in json.loads((tmp_path / "read.json").read_text())


def test_documents_are_read_from_a_zip_beside_other_files() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("manual.pdf", MANUAL)
        archive.writestr("abroad.docx", word(paragraph("Ten days.")))
        archive.writestr("inner.zip", office("other"))
    taken = read_upload(made.getvalue(), "help.zip")
    assert [article.article_id for article in taken.articles] == ["abroad", "manual"]
    assert taken.refused == {"inner.zip": "it is a zip inside a zip"}
