"""Where a call comes from, as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import SettingsDep

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"
SUBSCRIBER_BITS = 64  # of an IPv6 address: whoever has one has all that share them


def caller_address(peer: str | None, forwarded: str, proxies: Sequence[Network]) -> str:
    """Return the address a call is counted under.

    `X-Forwarded-For` grows at its end, so it is read from there, and only as long as a trusted proxy wrote it: what
    stands further left is whatever the caller liked to send.

    Args:
        peer: who connected to us.
        forwarded: the header, "" without one.
        proxies: whose word counts.
    """
    address = _read(peer or "")
    if address is None:
        return UNKNOWN
    for claimed in reversed(forwarded.split(",")):
        if not any(address in proxy for proxy in proxies):
            break
        before = _read(claimed)
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, SUBSCRIBER_BITS), strict=False))
    return str(address)


def get_address(request: Request, settings: SettingsDep) -> str:
    """Return the address a request is counted under."""
    peer = request.client.host if request.client else None
    return caller_address(peer, ",".join(request.headers.getlist("x-forwarded-for")), settings.proxies)


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


AddressDep = Annotated[str, Depends(get_address)]
