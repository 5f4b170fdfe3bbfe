"""Folders for sockets: the kernel allows a socket only a short path, and servers say so badly."""

import os
import re
import stat
import tempfile
from pathlib import Path

# A socket's whole path may have 107 bytes, and PostgreSQL adds 14 and Redis up to 25 to the folder's.
FOLDER_BYTES_MAX = 80
# A socket's path becomes part of a URL, and not every reader of URLs takes spaces and letters beyond ASCII alike.
PLAIN_PATH = re.compile(rf"[A-Za-z0-9/._+-]{{1,{FOLDER_BYTES_MAX}}}")


def socket_folder(preferred: Path, *, key: str, owner: int) -> Path:
    """A private folder whose path suits sockets: the preferred one, or a remembered one elsewhere."""
    if PLAIN_PATH.fullmatch(str(preferred)):
        make_private(preferred, owner=owner)
        return preferred
    remembered = preferred.with_name(preferred.name + ".place")
    try:
        folder = Path(remembered.read_text(encoding="utf-8").strip())
    except OSError:
        folder = None
    if folder is None or not is_private(folder, owner=owner):
        folder = make_elsewhere(key, owner=owner)
        remembered.write_text(f"{folder}\n", encoding="utf-8")
    return folder


def make_private(folder: Path, *, owner: int) -> None:
    """Make the folder for its owner alone: whoever may enter it may speak to the server."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != owner:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)


def make_elsewhere(key: str, *, owner: int) -> Path:
    """A new private folder in the session's own place, else in the machine's temporary one under a random name."""
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    if session and owner == os.getuid() and is_private(Path(session), owner=owner):
        folder = Path(session) / f"bilag-{key}"
        if PLAIN_PATH.fullmatch(str(folder)):
            make_private(folder, owner=owner)
            return folder
    temporary = Path(tempfile.gettempdir())
    if len(str(temporary)) > FOLDER_BYTES_MAX // 2 or not PLAIN_PATH.fullmatch(str(temporary)):
        temporary = Path("/tmp")  # noqa: S108  # mkdtemp below makes a name of its own in it, for us alone
    folder = Path(tempfile.mkdtemp(prefix=f"bilag-{key}-", dir=temporary))
    make_private(folder, owner=owner)
    return folder


def is_private(folder: Path, *, owner: int) -> bool:
    """Whether the folder is really one, is the owner's, and closed to everybody else."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == owner and not facts.st_mode & 0o077
