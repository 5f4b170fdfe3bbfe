"""Development secrets are random, stay the same, and are readable by their owner alone."""

import base64
from pathlib import Path

from machine.secret_files import development_secrets


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = development_secrets(tmp_path / "secrets")
    assert development_secrets(tmp_path / "secrets") == first
    assert development_secrets(tmp_path / "others") != first


def test_secrets_have_the_shape_that_settings_expect(tmp_path: Path) -> None:
    secrets = development_secrets(tmp_path)
    assert len(base64.urlsafe_b64decode(secrets["BILAG_ENCRYPTION_KEYS"])) == 32
    assert len(secrets["SECRET_KEY"]) >= 64


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    development_secrets(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    files = list((tmp_path / "secrets").iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert sorted(file.name for file in files) == ["encryption_keys", "secret_key"]
