"""First start and password storage (E12, E13)."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from api.security.passwords import PasswordRefused, check_password, hash_password, needs_rehash, verify_password
from api.security.secrets import SecretUnusable, ensure_secrets, read_secret


def test_a_fresh_installation_makes_its_own_secrets_for_its_owner_alone(tmp_path: Path) -> None:
    """E12."""
    first = ensure_secrets(tmp_path / "secrets")
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({first.internal, first.signing, first.identity}) == 3
    assert ensure_secrets(tmp_path / "secrets") == first
    assert first.internal not in repr(first)


@pytest.mark.parametrize(
    "key",
    ["", "f00dcafe", "a" * 64, "change-me-change-me-change-me-change-me", "example-key-for-the-documentation-0001",
     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"],
)  # fmt: skip
def test_a_shipped_or_short_key_is_refused(tmp_path: Path, key: str) -> None:
    """E12."""
    path = tmp_path / "internal"
    path.write_text(key, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(SecretUnusable, match="internal") as refused:
        ensure_secrets(tmp_path)
    assert not key or key not in str(refused.value)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    (tmp_path / "signing").chmod(0o644)
    with pytest.raises(SecretUnusable, match="chmod 600"):
        read_secret(tmp_path / "signing")


def test_passwords_are_argon2id_with_enough_memory_and_their_own_salt() -> None:
    """E13."""
    one, other = hash_password("a long enough one"), hash_password("a long enough one")
    parameters = extract_parameters(one)
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert parameters.parallelism == 1
    assert one != other
    assert verify_password("a long enough one", one)
    assert not verify_password("a long enough One", one)


def test_long_and_unicode_passwords_are_whole() -> None:
    """E13."""
    long = "correct horse " * 10
    stored = hash_password(long + "é")
    assert verify_password(long + "e\N{COMBINING ACUTE ACCENT}", stored)
    assert not verify_password(long, stored)


def test_a_hash_with_weaker_parameters_is_to_be_made_again() -> None:
    """E13."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("whatever it was")
    assert verify_password("whatever it was", weak)
    assert needs_rehash(weak)
    assert not needs_rehash(hash_password("whatever it was"))


@pytest.mark.parametrize("password", ["", "short", "Password123", "1234567890", "aaaaaaaaaaaaaaaa", "x" * 1001])
def test_passwords_that_protect_nothing_are_refused(password: str) -> None:
    """E13."""
    with pytest.raises(PasswordRefused):
        check_password(password)


def test_a_damaged_hash_matches_nothing() -> None:
    assert not verify_password("anything", "")
    assert not verify_password("anything", "$argon2id$v=19$broken")
