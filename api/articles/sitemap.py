"""Reading a sitemap (sitemaps.org): which pages a website has. It runs in a child, as all reading does."""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from xml.etree import ElementTree

from api.articles.child import within_limits
from api.articles.limits import LARGEST_TOTAL, Refused

MOST_ENTRIES = 50_000  # what a sitemap may hold by its standard
LONGEST_ADDRESS = 2_048


def read_sitemap(content: bytes) -> tuple[list[str], list[str]]:
    """Return the addresses a sitemap names: of pages, and of further sitemaps; each once, in its order.

    Raises:
        Refused: it is no sitemap, declares entities, or holds too much.
    """
    if content.startswith(b"\x1f\x8b"):
        content = _unpacked(content)
    plain = content.replace(b"\0", b"")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise Refused("its XML declares entities, which no sitemap needs")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - nothing is declared in it, and the child has limits
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused(f"it is no sitemap: {error}") from error
    kind = root.tag.rpartition("}")[2]
    if kind not in ("urlset", "sitemapindex"):
        raise Refused(f"it is no sitemap: it begins with <{kind[:40]}>")
    if len(root) > MOST_ENTRIES:
        raise Refused(f"it names more than {MOST_ENTRIES} pages")
    named = (entry.findtext("{*}loc", "").strip() for entry in root)
    found = list(dict.fromkeys(address for address in named if 0 < len(address) <= LONGEST_ADDRESS))
    return (found, []) if kind == "urlset" else ([], found)


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, LARGEST_TOTAL)
    except zlib.error as error:
        raise Refused("it is packed and damaged") from error
    if unpacker.unconsumed_tail:
        raise Refused(f"it unpacks to more than {LARGEST_TOTAL // 2**20} MB")
    return plain


def main(upload: Path, output: Path) -> int:
    """Read a sitemap within limits and write what it names as JSON: the child's whole life."""
    within_limits()
    try:
        pages, further = read_sitemap(upload.read_bytes())
        said: dict[str, object] = {"pages": pages, "sitemaps": further}
    except Refused as error:
        said = {"refusal": str(error)}
    output.write_text(json.dumps(said), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[3])))
