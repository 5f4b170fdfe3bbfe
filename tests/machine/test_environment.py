"""What our processes are told by the environment, whatever the caller's own says."""

from pathlib import Path

import pytest

from machine.checkout import Checkout
from machine.environment import base_environment


@pytest.mark.parametrize("wish", ["", "1"])
def test_compiled_modules_are_kept_and_beside_the_sources_only_where_that_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", wish)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    told = base_environment(Checkout(root=tmp_path, data=tmp_path / "var"), data=tmp_path / "var")
    assert "PYTHONDONTWRITEBYTECODE" not in told
    assert told.get("PYTHONPYCACHEPREFIX") == (str(tmp_path / "var" / "cache" / "bytecode") if wish else None)
