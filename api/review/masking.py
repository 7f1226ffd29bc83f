"""Personal data out of sight: e-mail addresses, telephone and card numbers, IBANs, postcodes and the customer's name.

Numbers are masked by what they are: a card by its check digit (Luhn, ISO/IEC 7812), an IBAN by its remainder
(ISO 13616); an order number stays, because it tells what a message is about and leads to nobody by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
PHONE = re.compile(r"(?<![\w.,])(?:\+\d{1,3}|0)[ -]?\(?\d{1,5}\)?(?:[ -]?\d){5,10}(?!\w)")
POSTCODE = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)", re.IGNORECASE)
STREET_ENDS = "Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Way|Court"
STREET = re.compile(rf"(?<!\w)\d{{1,4}}[a-z]?,? (?:[A-Z][\w'-]{{1,30}} ){{1,3}}(?:{STREET_ENDS})\b")


def masked(text: str, names: Iterable[str | None] = ()) -> str:
    """Return a text with personal data replaced by what kind it was.

    Args:
        text: what somebody wrote.
        names: the customer's own, as far as they are known; each of their words is masked.
    """
    text = EMAIL.sub("[e-mail]", text)
    text = IBAN.sub(lambda found: "[IBAN]" if _is_iban(found[0]) else found[0], text)
    text = CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)
    text = PHONE.sub("[phone]", text)
    text = STREET.sub("[address]", text)
    text = POSTCODE.sub("[postcode]", text)
    words = {re.escape(word) for name in names if name for word in name.split() if len(word) > 1}
    if words:
        text = re.sub(rf"(?<!\w)(?:{'|'.join(sorted(words))})(?!\w)", "[name]", text, flags=re.IGNORECASE)
    return text


def _is_card(found: str) -> bool:
    digits = [int(character) for character in found if character.isdigit()]
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_iban(found: str) -> bool:
    plain = found.replace(" ", "").upper()
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1
