"""Personal data is masked where messages are read by the many."""

from __future__ import annotations

import time

import pytest

from api.privacy.masking import masked, masked_numbers


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
        ("call (555) 123-4567 or 0049 30 1234567, (020) 7946 0018", "call [phone] or [phone], [phone]"),
        ("it came on 2026-06-01 12:30, ticket 20260601", "it came on 2026-06-01 12:30, ticket 20260601"),
        ("GB82 WEST 1234 5698 7654 33 is no IBAN", "GB82 WEST 1234 5698 7654 33 is no IBAN"),
        ("send it to 12 mill lane, ls1 4ap", "send it to [address], [postcode]"),
        ("Lindenstraße 12, or Springfield IL 62704", "[address], or Springfield [postcode]"),
        ("two tents that close on the way", "two tents that close on the way"),
        ("my password is hunter2! and pin: 4321", "my password [secret] and pin [secret]"),
        ("the password is not working", "the password is not working"),
        ("my name is Oliver Thistlewood", "my name is [name]"),
        ("hello i'm john smith, where is my order", "hello i'm [name], where is my order"),
        ("Dear Mr Okonkwo, it is on its way", "Dear Mr [name], it is on its way"),
        ("My neighbour Jean took it in", "My neighbour [name] took it in"),
        ("Where is my order? I am furious", "Where is my order? I am furious"),
    ],
)
def test_what_tells_who_somebody_is_is_masked_and_the_rest_stays(said: str, shown: str) -> None:
    assert masked(said, ["Ann Webb", None]) == shown


@pytest.mark.parametrize("text", ["0" * 8_000, "1 " * 4_000, "a@" * 4_000, "GB82" + "A " * 4_000, "12 a b c " * 900])
def test_no_text_makes_masking_slow(text: str) -> None:
    begun = time.process_time()
    masked_numbers(text)
    assert time.process_time() - begun < 0.5
