"""Receipts of erasures: signed files in `var/privacy`, which name ids and counts and nothing that leads to anybody.

They lie beside the database, so a backup that is put back does not take them along: what it brings back of an erased
customer is erased again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.processes.places import Places
from api.security.secrets import read_secret

FOLDER = "privacy"
LARGEST = 5_000_000  # bytes

Receipt = Mapping[str, Any]


class ReceiptRefused(Exception):
    """A file is no receipt of this installation; the message says why."""


def write_receipt(places: Places, receipt_id: str, facts: Receipt) -> Receipt:
    """Sign a receipt and put it on the disk; return it with its signature."""
    signed = {**facts, "receipt_id": receipt_id}
    signed["signature"] = _signature(places, signed)
    folder = places.var / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f".{receipt_id}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(signed, indent=1, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / f"{receipt_id}.json")
    return signed


def read_receipt(places: Places, file: Path) -> Receipt:
    """Return a receipt after checking its signature.

    Raises:
        ReceiptRefused: it is none, was changed, or is another installation's.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise ReceiptRefused(f"{file.name} is too large to be a receipt")
        receipt = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReceiptRefused(f"{file.name} cannot be read: {error}") from error
    if not isinstance(receipt, dict) or not isinstance(receipt.get("signature"), str):
        raise ReceiptRefused(f"{file.name} is no receipt")
    if not hmac.compare_digest(receipt["signature"], _signature(places, receipt)):
        raise ReceiptRefused(f"{file.name} was changed, or is another installation's")
    return receipt


def receipts(places: Places) -> list[Receipt]:
    """Return every receipt that is whole, newest first."""
    found = []
    for file in (places.var / FOLDER).glob("*.json"):
        try:
            found.append(read_receipt(places, file))
        except ReceiptRefused:
            continue
    return sorted(found, key=lambda one: str(one.get("erased_at", "")), reverse=True)


def _signature(places: Places, receipt: Receipt) -> str:
    plain = {name: value for name, value in receipt.items() if name != "signature"}
    key = read_secret(places.var / "secrets" / "signing")
    return hmac.new(key.encode(), json.dumps(plain, sort_keys=True).encode(), hashlib.sha256).hexdigest()
