"""Fetching a page: http and https, to hosts and ports that may be reached, within a size and a time."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import httpcore
import httpx

from api.security.authorities import authorities
from api.web.guard import Guard, NotReached, Resolve, resolve

PORTS = {"http": 80, "https": 443}
MOST_REDIRECTS = 5
PAGE_S, SILENCE_S = 20.0, 8.0  # a page takes at most this long; nothing may come for this long
LARGEST_PAGE = 10 * 1024 * 1024
GONE = frozenset({404, 410})
MOVED = frozenset({301, 302, 303, 307, 308})
HEADERS = [
    (b"User-Agent", b"Deskmate-Import"),
    (b"Accept", b"text/html, text/markdown, text/plain, application/pdf, application/xml;q=0.9, */*;q=0.5"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]


class PageGone(NotReached):
    """There is no such page (any more)."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its server sent it."""

    url: str  # after redirects
    content: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may take; tests make it less."""

    seconds: float = PAGE_S
    silence_s: float = SILENCE_S
    bytes: int = LARGEST_PAGE


class Fetcher:
    """Fetches pages.

    Args:
        named: `host` or `host:port` that may have an address of our own network or another port than 80 and 443.
        resolver: finds a host's addresses.
        limits: what one page may take.
    """

    def __init__(self, named: Iterable[str] = (), resolver: Resolve = resolve, limits: Limits | None = None) -> None:
        self._named = frozenset(place for name in named if name.strip() for place in _places(name.strip()))
        self._resolve = resolver
        self._limits = limits or Limits()

    def fetch(self, address: str) -> Page:
        """Return the page at an address, after its redirects.

        Raises:
            NotReached: it may not, or cannot, be fetched; `PageGone` where the server says that there is none.
        """
        deadline = time.monotonic() + self._limits.seconds
        for _ in range(MOST_REDIRECTS + 1):
            url = self.checked(address)
            answer = self._ask(url, deadline)
            if isinstance(answer, bytes):
                return Page(str(url), answer)
            address = str(url.join(answer.target))
        raise NotReached("it is redirected again and again")

    def checked(self, address: str) -> httpx.URL:
        """Return an address that may be asked for; nothing is connected to.

        Raises:
            NotReached: another scheme or port, a name and password in it, or no address at all.
        """
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, ValueError) as error:
            raise NotReached(f"{address[:200]!r} is no address") from error
        if url.scheme not in PORTS:
            raise NotReached("only http:// and https:// are fetched")
        if url.userinfo or "@" in url.netloc.decode("ascii", "replace"):
            raise NotReached("an address with a user's name in it is not fetched")
        if not url.host:
            raise NotReached(f"{address[:200]!r} names no host")
        port = url.port or PORTS[url.scheme]
        if port not in PORTS.values() and (url.host, port) not in self._named:
            raise NotReached(f"port {port} is not fetched from; DESKMATE_IMPORT_HOSTS can name {url.host}:{port}")
        return url.copy_with(fragment=None)

    def _ask(self, url: httpx.URL, deadline: float) -> bytes | _Moved:
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._limits.silence_s)
        guard = Guard(self._named, deadline, self._resolve)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=authorities(), network_backend=guard) as pool,
                pool.stream("GET", str(url), headers=_with_host(url), extensions={"timeout": timeout}) as answer,
            ):
                headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
                if answer.status in MOVED and b"location" in headers:
                    return _Moved(headers[b"location"])
                if answer.status in GONE:
                    raise PageGone(f"its server says that there is no such page ({answer.status})")
                if answer.status != 200:
                    raise NotReached(f"its server answers {answer.status}")
                return _body(answer, headers, self._limits.bytes)
        except httpcore.TimeoutException as error:
            raise NotReached("it takes too long") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise NotReached(f"it cannot be reached: {str(error)[:200] or type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class _Moved:
    target: str


def _with_host(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    return [(b"Host", url.netloc), *HEADERS]


def _body(answer: httpcore.Response, headers: dict[bytes, str], most: int) -> bytes:
    """Read a page, packed or not, as long as it is no larger than it may be."""
    packing = headers.get(b"content-encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", ""):
        raise NotReached(f"it is packed with {packing[:40]!r}")
    length = headers.get(b"content-length", "")
    if length.isdigit() and int(length) > most:
        raise NotReached(f"it is larger than {most // 2**20} MB")
    unpacker = zlib.decompressobj(wbits=31) if packing == "gzip" else None
    content = bytearray()
    for chunk in answer.iter_stream():
        content += chunk if unpacker is None else _unpacked(unpacker, chunk, most + 1 - len(content))
        if len(content) > most:
            raise NotReached(f"it is larger than {most // 2**20} MB")
    return bytes(content)


def _unpacked(unpacker: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return unpacker.decompress(chunk, most)
    except zlib.error as error:
        raise NotReached("it is packed and damaged") from error


def _places(name: str) -> list[tuple[str, int]]:
    url = httpx.URL(f"//{name}")
    return [(url.host, url.port)] if url.port else [(url.host, port) for port in PORTS.values()]
