"""Where events may be sent: the public internet, and the networks an operator names.

A webhook makes this server call an address that somebody typed. Without a rule it would call the machine's own
services, or the cloud's metadata address. The name is looked up by us, the address is checked, and the call goes to
that very address, so that a name which answers differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from api.web.addresses import Address, is_public, meant

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressRefused(Exception):
    """A host leads nowhere, or only to where events must not go."""


class Destinations:
    """Says where a host may be called.

    Args:
        networks: what may be called besides the public internet.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)

    async def find(self, host: str, port: int) -> str:
        """Return the address to call a host at.

        Raises:
            AddressRefused: it has none, or none that may be called; says which.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AddressRefused(f"{host} was not found") from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            if self.may_call(address):
                return str(address)
        raise AddressRefused(f"{host} leads to {addresses[0]}, which is not on the public internet")

    def may_call(self, address: Address) -> bool:
        """Say whether events may go to an address: to every one that packets to it may reach."""
        return all(is_public(one) or self._is_named(one) for one in meant(address))

    def _is_named(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)
