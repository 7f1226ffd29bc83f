"""Connections that reach only whom they may.

An address is checked before it is connected to, and the checked one is connected to, whatever the name means a moment
later. Everything of one page ends at one deadline.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from api.web.addresses import is_everybodys

Resolve = Callable[[str, int], list[str]]  # host and port -> its addresses


class NotReached(ValueError):
    """A page is not fetched; the message says why, for the administrator."""


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses, as the system knows them.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard(httpcore.NetworkBackend):
    """Connects to the internet, and to the hosts that are named.

    Args:
        named: (host, port) that may also have an address of our own network.
        deadline: monotonic seconds, after which nothing is read any more.
        resolver: finds a host's addresses.
    """

    def __init__(self, named: frozenset[tuple[str, int]], deadline: float, resolver: Resolve = resolve) -> None:
        self._named = named
        self._deadline = deadline
        self._resolve = resolver
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to an address of the host that was checked.

        Raises:
            NotReached: it has none, or one that is not everybody's.
        """
        address = self.checked(host, port)
        stream = self._plain.connect_tcp(address, port, _within(self._deadline, timeout), local_address, socket_options)
        return _Bounded(stream, self._deadline)

    def checked(self, host: str, port: int) -> str:
        """Return an address to connect to; every address a host has must be one that may be reached.

        Raises:
            NotReached: as `connect_tcp`.
        """
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NotReached(f"{host} is not known") from error
        if not addresses:
            raise NotReached(f"{host} is not known")
        if (host, port) not in self._named and not all(is_everybodys(address) for address in addresses):
            raise NotReached(f"{host} is in a network of our own; DESKMATE_IMPORT_HOSTS can name it")
        return addresses[0]


class _Bounded(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _within(self._deadline, timeout))
        return _Bounded(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NotReached("it takes too long")
    return left if timeout is None else min(left, timeout)
