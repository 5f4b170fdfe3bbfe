"""Where an embedded PostgreSQL keeps its data: in the data folder, or elsewhere when its account cannot get there."""

import shutil
import tempfile
from pathlib import Path

from machine.server_binaries import SYSTEM_FOLDER
from machine.socket_folders import make_private
from machine.system_user import Account, can


def postgresql_folder(folder: Path, *, key: str, account: Account) -> Path:
    """The folder that holds the cluster, the same one at every start; only its account may enter it."""
    remembered = folder / "postgresql.place"
    if remembered.exists():
        elsewhere = Path(remembered.read_text(encoding="utf-8").strip())
        make_private(elsewhere, owner=account.owner)
        return elsewhere
    inside = folder / "postgresql"
    make_private(inside, owner=account.owner)
    if (inside / "data").exists() or can(account, "-w", inside):
        return inside
    shutil.rmtree(inside)
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    SYSTEM_FOLDER.chmod(0o755)
    # A random name: who removes the data folder to begin anew must not meet old rows, sealed with keys that are gone.
    elsewhere = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=SYSTEM_FOLDER))
    make_private(elsewhere, owner=account.owner)
    remembered.write_text(f"{elsewhere}\n", encoding="utf-8")
    return elsewhere
