"""Personal data is masked where messages are read by the many."""

from __future__ import annotations

import pytest

from api.review.masking import masked


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("write to ann.webb+shop@mail.example.co.uk please", "write to [e-mail] please"),
        ("ring 020 7946 0018 or +44 7700 900123", "ring [phone] or [phone]"),
        ("my card 4242 4242 4242 4242 was charged", "my card [card] was charged"),
        ("pay into GB82 WEST 1234 5698 7654 32", "pay into [IBAN]"),
        ("send it to 12 Mill Lane, LS1 4AP", "send it to [address], [postcode]"),
        ("this is ann WEBB", "this is [name] [name]"),
        ("order 4471023 has not come, it cost 129.95", "order 4471023 has not come, it cost 129.95"),
        ("4242 4242 4242 4243 is no card", "4242 4242 4242 4243 is no card"),
        ("", ""),
    ],
)
def test_what_tells_who_somebody_is_is_masked_and_the_rest_stays(said: str, shown: str) -> None:
    assert masked(said, ["Ann Webb", None]) == shown
