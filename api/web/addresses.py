"""Which addresses of the network are everybody's, and which an installation's own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
# IPv6 addresses that carry an IPv4 one to where a translator sends it (RFC 6052): what is inside decides.
TRANSLATED = IPv6Network("64:ff9b::/96")


def is_everybodys(text: str) -> bool:
    """Say whether an address is on the public internet: not this machine, its network, or anything reserved."""
    return all(is_public(one) for one in meant(ip_address(text.partition("%")[0])))


def is_public(address: Address) -> bool:
    """Say whether an address, taken as it stands, is routed on the public internet and belongs to one machine."""
    return address.is_global and not address.is_multicast


def meant(address: Address) -> tuple[Address, ...]:
    """Return every address that packets to this one may reach."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    return (address,)
