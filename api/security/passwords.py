"""Passwords: Argon2id hashes, and what a new one must be."""

from __future__ import annotations

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.strings.catalogue import say

# OWASP's password storage cheat sheet: Argon2id with 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
SHORTEST = 10
HASHING_AT_ONCE = 2  # each takes 19 MiB and a core; guessers queue here, chats do not
LONGEST = 1000  # bounds the work of one attempt; far above any passphrase


class PasswordRefused(ValueError):
    """A new password is too short, too long or one that everybody knows; the message says which, for its owner."""


def _normal(password: str) -> str:
    """Fold what keyboards compose differently, so that one password typed on two machines is one password."""
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    text = resources.files("api.security").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def check_password(password: str) -> None:
    """Refuse a password that would not protect its account.

    Raises:
        PasswordRefused: it is shorter than 10 characters, longer than 1,000, or on the list of common ones.
    """
    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise PasswordRefused(say("people.password_short", shortest=SHORTEST))
    if len(normal) > LONGEST:
        raise PasswordRefused(say("people.password_long", longest=f"{LONGEST:,}"))
    if normal.casefold() in _common() or len(set(normal)) < 4:
        raise PasswordRefused(say("people.password_common"))


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with a salt of its own and its parameters in it."""
    return HASHER.hash(_normal(password))


def verify_password(password: str, stored: str) -> bool:
    """Say whether a password is the one behind a stored hash; a damaged hash matches nothing."""
    if len(password) > LONGEST:
        return False
    try:
        return HASHER.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


async def hash_aside(password: str) -> str:
    """Do as `hash_password`, on threads that nothing else waits for."""
    return await asyncio.get_running_loop().run_in_executor(_hashers(), hash_password, password)


async def verify_aside(password: str, stored: str) -> bool:
    """Do as `verify_password`, on threads that nothing else waits for."""
    return await asyncio.get_running_loop().run_in_executor(_hashers(), verify_password, password, stored)


@cache
def _hashers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(HASHING_AT_ONCE, thread_name_prefix="passwords")


def needs_rehash(stored: str) -> bool:
    """Say whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def decoy_hash() -> str:
    """Return a hash to verify against when the account is unknown, so that both cases take as long."""
    return hash_password("nobody has this account")
