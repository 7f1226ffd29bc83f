"""Pages are fetched from the internet and from nowhere else (F05)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpcore
import pytest

from api.web.addresses import is_everybodys
from api.web.fetch import Fetcher, Limits, PageGone
from api.web.guard import NotReached
from tests.web_server import Website, redirect, website

PUBLIC = "93.184.215.14"


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as served:
        yield served


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where connections went; none gets through."""
    places: list[str] = []

    def connect(_: Any, host: str, port: int, *rest: Any, **more: Any) -> None:
        places.append(f"{host}:{port}")
        raise httpcore.ConnectError("nobody is there")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return places


INSIDE = [
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2130706433/",  # 127.0.0.1 as one number
    "http://0177.0.0.1/",  # and in octal
    "http://127.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",  # as a translator's address
    "http://[2002:7f00:1::]/",  # and as a tunnel's
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://localhost/",
]


@pytest.mark.parametrize("address", INSIDE)
def test_our_own_network_is_refused_before_anything_is_connected_to(address: str, connected: list[str]) -> None:
    with pytest.raises(NotReached, match=r"a network of our own|is not known|is no address"):
        Fetcher().fetch(address)
    assert connected == []


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("file:///etc/passwd", "only http"),
        ("gopher://127.0.0.1/_x", "only http"),
        ("ftp://help.example/x", "only http"),
        ("//help.example/x", "only http"),
        ("http://user@help.example/", "a user's name"),
        ("http://help.example@127.0.0.1/", "a user's name"),
        ("http://help.example:22/", "port 22"),
        ("http://help.example:8443/", "port 8443"),
        ("http:///x", "names no host"),
        ("http://[::1/", "no address"),
        ("http://help\nexample/", "no address"),
    ],
)
def test_what_is_no_address_of_a_public_page_is_refused(address: str, why: str, connected: list[str]) -> None:
    with pytest.raises(NotReached, match=why):
        Fetcher(resolver=lambda *_: [PUBLIC]).fetch(address)
    assert connected == []


def test_one_address_of_ours_among_public_ones_is_one_too_many(connected: list[str]) -> None:
    with pytest.raises(NotReached, match="a network of our own"):
        Fetcher(resolver=lambda *_: [PUBLIC, "127.0.0.1"]).fetch("http://rebind.example/")
    assert connected == []


def test_a_name_that_means_another_address_a_moment_later_is_connected_to_where_it_was_checked(
    connected: list[str],
) -> None:
    meanings = iter([[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(NotReached, match="nobody is there"):
        Fetcher(resolver=lambda *_: next(meanings)).fetch("http://rebind.example/")
    assert connected == [f"{PUBLIC}:80"]


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses_are_everybodys(address: str) -> None:
    assert is_everybodys(address)


def test_a_named_host_may_be_in_our_own_network(site: Website) -> None:
    site.pages["/help"] = b"<h1>Returns</h1>"
    page = Fetcher([site.host]).fetch(f"{site.address}/help#part")
    assert (page.url, page.content) == (f"{site.address}/help", b"<h1>Returns</h1>")


def test_redirects_are_followed_and_each_is_checked_like_the_first(site: Website) -> None:
    site.pages |= {"/old": redirect("/new"), "/new": b"Here.", "/round": redirect("/round")}
    site.pages |= {"/inside": redirect("http://169.254.169.254/latest"), "/file": redirect("file:///etc/passwd")}
    fetcher = Fetcher([site.host])
    assert fetcher.fetch(f"{site.address}/old").url == f"{site.address}/new"
    for path, why in {"/inside": "our own", "/file": "only http", "/round": "again and again"}.items():
        with pytest.raises(NotReached, match=why):
            fetcher.fetch(site.address + path)


def announced(request: BaseHTTPRequestHandler) -> None:
    """Ten gigabytes, as the server says."""
    request.send_response(200)
    request.send_header("Content-Length", str(10 * 2**30))
    request.end_headers()


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"a" * 65_536)


def packed(content: bytes) -> Any:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Encoding", "gzip")
        request.end_headers()
        request.wfile.write(content)

    return answer


def test_a_page_is_no_larger_than_it_may_be(site: Website) -> None:
    site.pages |= {"/announced": announced, "/endless": endless, "/packed": packed(gzip.compress(b"a" * 5_000_000))}
    for path in ("/announced", "/endless", "/packed"):
        with pytest.raises(NotReached, match="larger than 1 MB"):
            Fetcher([site.host], limits=Limits(bytes=2**20)).fetch(site.address + path)


def test_a_packed_page_is_unpacked(site: Website) -> None:
    site.pages |= {"/fine": packed(gzip.compress(b"Here.")), "/damaged": packed(b"no gzip")}
    assert Fetcher([site.host]).fetch(f"{site.address}/fine").content == b"Here."
    with pytest.raises(NotReached, match="packed and damaged"):
        Fetcher([site.host]).fetch(f"{site.address}/damaged")


def test_a_page_that_drips_ends_at_its_deadline(site: Website) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        while not site.over.wait(0.02):
            request.wfile.write(b"H")

    site.pages["/drip"] = drip
    with pytest.raises(NotReached, match="takes too long"):
        Fetcher([site.host], limits=Limits(seconds=0.4, silence_s=0.3)).fetch(f"{site.address}/drip")


def test_a_page_that_is_gone_is_told_apart_from_one_that_fails(site: Website) -> None:
    def broken(request: BaseHTTPRequestHandler) -> None:
        request.send_error(500)

    site.pages["/broken"] = broken
    with pytest.raises(PageGone):
        Fetcher([site.host]).fetch(f"{site.address}/missing")
    with pytest.raises(NotReached, match="answers 500") as failed:
        Fetcher([site.host]).fetch(f"{site.address}/broken")
    assert not isinstance(failed.value, PageGone)
