"""Articles from a website: one page, or every page its sitemap names, fetched and read into one import."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import httpx

from api.articles.child import read_in_child
from api.articles.limits import LARGEST_TOTAL, Refused
from api.web.fetch import Fetcher, PageGone
from api.web.guard import NotReached

Kind = Literal["page", "sitemap"]
Progress = Callable[[str, float], None]

MOST_PAGES, MOST_SITEMAPS = 500, 20
WHOLE_S = 900.0  # a website takes at most this long
PAUSE_S = 0.1  # between pages, so that nobody's website suffers


@dataclass
class Collected:
    """What was fetched of a website.

    Attributes:
        pages: address -> content.
        named: every address the website names, fetched or not.
        gone: addresses whose server says that there is no such page.
        refused: address -> why it was not fetched or read.
    """

    pages: dict[str, bytes] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


def collect(fetcher: Fetcher, kind: Kind, url: str, folder: Path, told: Progress) -> Collected:
    """Fetch a page, or the pages of a sitemap.

    Args:
        fetcher: fetches one page.
        kind: what `url` leads to.
        url: the address.
        folder: for what is being read.
        told: called with a stage and how much is done, 0..1.

    Raises:
        NotReached: the page or the sitemap cannot be fetched.
        Refused: the sitemap is none, or names too much.
    """
    found, until = Collected(), time.monotonic() + WHOLE_S
    addresses = [url] if kind == "page" else _pages_of(fetcher, url, folder)
    found.named.update(addresses)
    total = 0
    for number, address in enumerate(addresses):
        told(f"Fetching page {number + 1} of {len(addresses)}", number / len(addresses))
        try:
            content = fetcher.fetch(address).content
        except PageGone as error:
            found.gone.add(address)
            found.refused[address] = str(error)
            continue
        except NotReached as error:
            if kind == "page":
                raise
            found.refused[address] = str(error)
            continue
        total += len(content)
        if total > LARGEST_TOTAL or time.monotonic() > until:
            raise Refused(f"its pages are more than {LARGEST_TOTAL // 2**20} MB, or take more than {WHOLE_S:.0f} s")
        found.pages[address] = content
        time.sleep(PAUSE_S if len(addresses) > 1 else 0.0)
    return found


def read_pages(found: Collected, folder: Path) -> dict[str, Any]:
    """Read fetched pages as articles in a child; return what it read, files named by their addresses.

    Raises:
        Refused: reading takes more than it may.
    """
    addresses: dict[str, str] = {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for address, content in found.pages.items():
            name = file_name(address, addresses)
            addresses[name] = address
            archive.writestr(name, content)
    read = read_in_child("api.articles.intake", folder, packed.getvalue(), "website.zip")
    refused = {addresses.get(file, file): why for file, why in read["refused"].items()}
    files = {article: addresses[file] for article, file in read["files"].items()}
    return {**read, "refused": {**found.refused, **refused}, "files": files}


def file_name(address: str, taken: dict[str, str]) -> str:
    """Return a name for a page's file, from which its article's id is made; no other page has it."""
    url = httpx.URL(address)
    words = [re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip(".-") for part in unquote(url.path).split("/")]
    path = "/".join(word for word in words if word) or url.host.replace(".", "-")
    stem, dot, suffix = path.rpartition(".")
    stem, suffix = (stem, f".{suffix}") if dot and len(suffix) <= 8 and "/" not in suffix else (path, ".html")
    if url.query:
        stem += "-" + re.sub(r"[^A-Za-z0-9]+", "-", url.query.decode("ascii", "replace")).strip("-")
    name, number = f"{stem}{suffix}", 2
    while name in taken:
        name, number = f"{stem}-{number}{suffix}", number + 1
    return name


def _pages_of(fetcher: Fetcher, url: str, folder: Path) -> list[str]:
    """Return the pages a sitemap names, those of sitemaps it names included; only pages of its own host."""
    waiting, seen, pages = [url], {url}, dict[str, None]()
    host = fetcher.checked(url).host
    while waiting:
        read = read_in_child("api.articles.sitemap", folder, fetcher.fetch(waiting.pop(0)).content, "sitemap.xml")
        further = [one for one in read["sitemaps"] if one not in seen and _host_of(one) == host]
        seen.update(further)
        waiting += further
        pages.update(dict.fromkeys(one for one in read["pages"] if _host_of(one) == host))
        if len(seen) > MOST_SITEMAPS:
            raise Refused(f"it leads to more than {MOST_SITEMAPS} sitemaps")
        if len(pages) > MOST_PAGES:
            raise Refused(f"it names more than {MOST_PAGES} pages; import its parts by their own sitemaps")
    if not pages:
        raise Refused(f"it names no page of {host}")
    return list(pages)


def _host_of(address: str) -> str:
    try:
        return httpx.URL(address).host
    except (httpx.InvalidURL, ValueError):
        return ""
