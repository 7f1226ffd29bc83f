"""Word documents and PDFs as a title and Markdown. Only the reading child calls this: the limits are its own."""

from __future__ import annotations

import io
import zipfile

from api.articles.archives import UNZIPPING_FAILS, check_entries
from api.articles.limits import Refused
from kb_index.html_page import title_and_markdown

STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => h2:fresh"
DECLARES = (b"<!DOCTYPE", b"<!ENTITY")  # neither belongs into an Office document; both are how XML reads other files


def office_kind(content: bytes) -> str | None:
    """Say what Office document a zip is: "docx", "xlsx", "pptx", or None for any other zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except UNZIPPING_FAILS:
        return None
    if "[Content_Types].xml" not in names:
        return None
    parts = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
    return next((kind for part, kind in parts.items() if part in names), None)


def word_markdown(content: bytes) -> tuple[str, str]:
    """Read a .docx; return its title (may be empty) and its text as Markdown. Pictures are left out.

    Raises:
        Refused: its zip is no good (see `check_entries`), its XML declares entities, or it is damaged.
    """
    import mammoth  # type: ignore[import-untyped]

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_entries(archive.infolist())
            for entry in archive.infolist():
                if entry.filename.endswith((".xml", ".rels")):
                    _check_no_entities(archive.read(entry))
        html = mammoth.convert_to_html(
            io.BytesIO(content), style_map=STYLES, convert_image=mammoth.images.img_element(lambda _: {})
        ).value
    except Refused:
        raise
    except Exception as error:  # whatever a damaged document makes of its reader
        raise Refused(f"the Word document cannot be read: {str(error)[:200] or type(error).__name__}") from error
    return title_and_markdown(html)


def _check_no_entities(part: bytes) -> None:
    plain = part.replace(b"\0", b"")  # UTF-16 as well
    if any(mark in plain for mark in DECLARES):
        raise Refused("its XML declares entities, which no Word document needs")
