"""Personal data out of sight, wherever text leaves the conversation it was written in.

Numbers are masked by what they are: a card by its check digit (Luhn, ISO/IEC 7812), an IBAN by its remainder
(ISO 13616); an order number stays, because it tells what a message is about and leads to nobody by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from api.privacy.names import names_in

EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
PHONE = re.compile(
    r"(?<![\w.,-])(?:"
    r"(?:\+|00)\d{1,3}(?:[ ./()-]{0,3}\d){6,12}"  # international
    r"|\(?0\d{0,5}\)?(?:[ ./-]{0,2}\d){5,10}"  # with the trunk's 0
    r"|\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}"  # North America
    r")(?!\w)"
)
POSTCODE = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)", re.IGNORECASE)
ZIP_CODE = re.compile(r"(?<!\w)(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI"
                      r"|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?(?!\w)")  # fmt: skip
# Ends that are no other word may be written small; "close", "way" and the like only as a name is.
PLAIN_ENDS = "street|road|lane|avenue|terrace|crescent|gardens|boulevard"
NAME_ENDS = "St|Rd|Ln|Ave|Close|Drive|Way|Court|Square|Hill|Place|Row|Mews|Grove"
STREET = re.compile(
    rf"(?<!\w)\d{{1,4}}[a-z]?,? (?:(?:[A-Z][\w'-]{{1,30}} ){{1,3}}(?:{NAME_ENDS})"
    rf"|(?:[\w'-]{{2,30}} ){{1,3}}(?i:{PLAIN_ENDS})"
    r"|(?i:rue|avenue|via|calle) (?:(?:de|du|des|della|la|le) )?[A-Z][\w'-]{1,30})\b"
)
GERMAN_STREET = re.compile(
    r"(?<!\w)[A-ZÄÖÜ][\wäöüß-]{1,30}(?:straße|strasse|str\.|weg|platz|gasse|allee) \d{1,4}[a-z]?(?!\w)"
)
PO_BOX = re.compile(r"(?<!\w)P\.?O\.? ?Box \d{1,6}(?!\w)", re.IGNORECASE)
SECRET = re.compile(
    r"(?<!\w)(pass(?:word|code|phrase)|pin|cvv|cvc)(?: number| code)?"
    r"(?:\s{0,3}[:=]\s{0,3}(\S{3,64})| (?:is:? )?(?=\S{0,63}[\d!#$%&*@^_])(\S{3,64}))",
    re.IGNORECASE,
)


def masked(text: str, names: Iterable[str | None] = ()) -> str:
    """Return a text with personal data replaced by what kind it was.

    Args:
        text: what somebody wrote.
        names: the customer's own, as far as they are known; each of their words is masked. Other people's names are
            found by spaCy.
    """
    found = names_in(text)
    text = masked_numbers(text)
    words = {re.escape(word) for name in names if name for word in name.split() if len(word) > 1}
    if words:
        text = re.sub(rf"(?<!\w)(?:{'|'.join(sorted(words))})(?!\w)", "[name]", text, flags=re.IGNORECASE)
    for name in found:
        text = text.replace(name, "[name]")
    return text


def masked_numbers(text: str) -> str:
    """Return a text without what has a form of its own: addresses, numbers, secrets. Quick enough for a log line."""
    text = EMAIL.sub("[e-mail]", text)
    text = SECRET.sub(r"\1 [secret]", text)
    text = IBAN.sub(lambda found: "[IBAN]" if _is_iban(found[0]) else found[0], text)
    text = CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)
    text = PHONE.sub("[phone]", text)
    for form in (STREET, GERMAN_STREET, PO_BOX):
        text = form.sub("[address]", text)
    for form in (POSTCODE, ZIP_CODE):
        text = form.sub("[postcode]", text)
    return text


def _is_card(found: str) -> bool:
    digits = [int(character) for character in found if character.isdigit()]
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_iban(found: str) -> bool:
    plain = found.replace(" ", "").upper()
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1
