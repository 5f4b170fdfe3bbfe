"""The checkout that we serve, and the folders that belong to it."""

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from machine.messages import MachineRefused

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A working tree and its data folder; both paths are absolute."""

    root: Path
    data: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def key(self) -> str:
        """A short name that differs between two data folders of one machine."""
        return hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]


def open_checkout(script: str) -> Checkout:
    """This checkout with its data folder made; refuses one that another user has set up."""
    data = Path(os.environ.get("BILAG_DATA_DIR") or ROOT / "var").expanduser().resolve()
    checkout = Checkout(root=ROOT, data=data)
    for folder in (checkout.venv, checkout.data):
        refuse_foreign_folder(folder, script=script)
    try:
        checkout.logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineRefused(
            f"{checkout.data} cannot be written by {account_name(os.getuid())}. "
            f"Run {script} as its owner, or choose another folder with BILAG_DATA_DIR."
        ) from error
    return checkout


def refuse_foreign_folder(folder: Path, *, script: str) -> None:
    """Refuse a folder of another user: what we write there would be half theirs and half ours."""
    if not folder.exists() or folder.stat().st_uid == os.getuid():
        return
    owner = account_name(folder.stat().st_uid)
    raise MachineRefused(
        f"This folder's {folder.name} belongs to {owner}. "
        f"Run {script} as {owner}, or remove .venv and var as {owner} first."
    )


def account_name(number: int) -> str:
    """The name of a user, or its number where the machine knows no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
