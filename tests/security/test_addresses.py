"""Where a call comes from: the word of a proxy counts only when it is one of ours."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from api.security.addresses import UNKNOWN, caller_address
from api.settings import Settings

PROXIES = tuple(ip_network(one) for one in ("127.0.0.1/32", "10.0.0.0/8", "::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # a stranger says where it comes from
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "192.0.2.9, 198.51.100.1", "198.51.100.1"),  # what the stranger made up stands in front
        ("127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"),  # two proxies of ours
        ("127.0.0.1", "192.0.2.9, 198.51.100.1 , 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "10.0.0.5", "10.0.0.5"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),  # one subscriber has all of these
        ("2001:db8:1:2::9", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        (None, "198.51.100.1", UNKNOWN),
        ("a socket's path", "198.51.100.1", UNKNOWN),
    ],
)
def test_the_address_is_the_last_one_that_somebody_trusted_has_seen(
    peer: str | None, forwarded: str, address: str
) -> None:
    assert caller_address(peer, forwarded, PROXIES) == address


def test_without_a_trusted_proxy_no_header_is_believed() -> None:
    assert Settings().proxies == ()
    assert caller_address("127.0.0.1", "198.51.100.1", ()) == "127.0.0.1"


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    assert len(Settings(trusted_proxies="10.0.0.0/8, ::1").proxies) == 2
    with pytest.raises(ValidationError):
        Settings(trusted_proxies="our proxy")
