"""What is missing is named once, in one command; what we may install is installed."""

from pathlib import Path

import pytest

from invoicing.documents import fonts
from machine import system_packages
from machine.checkout import ROOT, Checkout
from machine.messages import MachineRefused
from machine.system_packages import BROWSER, FONTS, PDF, PYTHON, Need, SystemPackage, ensure_system_packages

HERE = SystemPackage("present", lambda: True)
LIBRARIES = Need("Libraries are missing ({names}).", (HERE, SystemPackage("liba", lambda: False)))
TOOL = Need("A tool is missing.", (SystemPackage("tool", lambda: False),))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "log").mkdir()
    return Checkout(root=tmp_path, data=tmp_path)


def test_nothing_is_done_when_everything_is_here(checkout: Checkout) -> None:
    ensure_system_packages(checkout, [Need("Nothing.", (HERE,))])
    assert not (checkout.logs / "apt.log").exists()


def test_without_the_right_everything_missing_is_named_in_one_command(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_packages, "privileged_prefix", lambda: None)
    with pytest.raises(MachineRefused) as refusal:
        ensure_system_packages(checkout, [LIBRARIES, TOOL])
    assert str(refusal.value) == (
        "Libraries are missing (liba). A tool is missing. "
        "Ask an administrator to run: apt-get install --no-install-recommends liba tool"
    )


def test_a_failed_installation_says_what_apt_said(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text("#!/bin/sh\necho no such package\nexit 100\n")
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(system_packages, "privileged_prefix", list)
    with pytest.raises(MachineRefused, match="no such package"):
        ensure_system_packages(checkout, [TOOL])


def test_the_fonts_of_documents_are_among_the_packages() -> None:
    names = {package.name for need in (PDF, FONTS) for package in need.packages}
    assert set(fonts.PACKAGES) <= names


def test_this_machine_has_what_the_application_needs() -> None:
    assert PDF.missing() == []
    assert PYTHON.missing() == []


def test_the_container_holds_the_same_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installed = set(dockerfile.partition("--no-install-recommends")[2].partition("&&")[0].replace("\\", " ").split())
    assert installed == {package.name for need in (PDF, FONTS) for package in need.packages}


def test_the_readers_of_the_operations_manual_learn_the_same_names() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for need in (PYTHON, PDF, FONTS, BROWSER):
        for package in need.packages:
            assert f"`{package.name}`" in manual, package.name
