"""B28: a damaged, half-written or foreign model is refused before anything loads it."""

from __future__ import annotations

import os
import shutil

import pytest

from api.worker.models import ModelRefused, checked_version, install, verified_archive


def test_an_installed_model_is_found_whole(shop, add_model):
    home = add_model("m1")
    assert verified_archive(shop.places, "m1") == home / "model.tar.gz"


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_archive_is_refused(shop, add_model, share):
    archive = add_model("m1") / "model.tar.gz"
    os.truncate(archive, int(archive.stat().st_size * share))
    with pytest.raises(ModelRefused, match="checksum"):
        verified_archive(shop.places, "m1")


@pytest.mark.parametrize("position", [0, 1, 350, 699])
def test_one_flipped_bit_is_refused(shop, add_model, position):
    archive = add_model("m1") / "model.tar.gz"
    content = bytearray(archive.read_bytes())
    content[position] ^= 1
    archive.write_bytes(content)
    with pytest.raises(ModelRefused, match="checksum"):
        verified_archive(shop.places, "m1")


def test_random_bytes_are_refused(shop, add_model):
    (add_model("m1") / "model.tar.gz").write_bytes(os.urandom(700))
    with pytest.raises(ModelRefused, match="checksum"):
        verified_archive(shop.places, "m1")


@pytest.mark.parametrize("name", ["model.tar.gz", "manifest.json", "manifest.sig"])
def test_a_missing_file_is_refused(shop, add_model, name):
    (add_model("m1") / name).unlink()
    with pytest.raises(ModelRefused, match="cannot be read"):
        verified_archive(shop.places, "m1")


def test_a_folder_instead_of_an_archive_is_refused(shop, add_model):
    archive = add_model("m1") / "model.tar.gz"
    archive.unlink()
    archive.mkdir()
    with pytest.raises(ModelRefused, match="not a plain file"):
        verified_archive(shop.places, "m1")


def test_a_link_is_refused_even_to_the_right_bytes(shop, add_model, tmp_path):
    archive = add_model("m1") / "model.tar.gz"
    elsewhere = tmp_path / "copy"
    shutil.move(archive, elsewhere)
    archive.symlink_to(elsewhere)
    with pytest.raises(ModelRefused, match="cannot be read"):
        verified_archive(shop.places, "m1")


def test_a_pipe_is_refused_without_waiting(shop, add_model):
    archive = add_model("m1") / "model.tar.gz"
    archive.unlink()
    os.mkfifo(archive)
    with pytest.raises(ModelRefused, match="not a plain file"):
        verified_archive(shop.places, "m1")


def test_a_changed_manifest_is_refused(shop, add_model):
    manifest = add_model("m1") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"e1"', '"e2"'))
    with pytest.raises(ModelRefused, match="signature"):
        verified_archive(shop.places, "m1")


def test_a_model_signed_by_another_installation_is_refused(shop, add_model):
    add_model("m1")
    signing = shop.places.var / "secrets" / "signing"
    signing.write_text(signing.read_text()[::-1])
    with pytest.raises(ModelRefused, match="signature"):
        verified_archive(shop.places, "m1")


def test_a_model_under_another_name_is_refused(shop, add_model):
    add_model("m1").rename(shop.places.models / "m2")
    with pytest.raises(ModelRefused, match="manifest is that of 'm1'"):
        verified_archive(shop.places, "m2")


@pytest.mark.parametrize("version", ["", ".", "..", "../secrets", "a/b", "a\x00b", "x" * 81, "-m"])
def test_a_version_that_could_lead_elsewhere_is_refused(version):
    with pytest.raises(ModelRefused, match="no model version"):
        checked_version(version)


def test_a_version_is_never_written_over(shop, add_model, tmp_path):
    add_model("m1")
    again = tmp_path / "again"
    again.mkdir()
    (again / "model.tar.gz").write_bytes(b"other")
    (again / "manifest.json").write_text('{"model_version": "m1"}')
    with pytest.raises(ModelRefused, match="already"):
        install(shop.places, again)
