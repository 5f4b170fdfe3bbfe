"""The system user under which PostgreSQL runs when we are root: PostgreSQL refuses to be root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from machine.messages import MachineRefused, tell

NAME = "bilag"


@dataclass(frozen=True, slots=True)
class Account:
    """What a child process must become to run as somebody else; nothing at all when it runs as ourselves."""

    user: int | None = None
    group: int | None = None
    groups: tuple[int, ...] | None = None

    @property
    def owner(self) -> int:
        """The number that files of this account bear."""
        return os.getuid() if self.user is None else self.user


def server_account() -> Account:
    """The account for PostgreSQL: ourselves, or as root a system user without a shell, made when missing."""
    if os.getuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        make_user()
        entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid, ())


def make_user() -> None:
    """Make the system user."""
    tell(f"Making the system user {NAME}, as which PostgreSQL runs.")
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MachineRefused(f"PostgreSQL needs a user of its own. Run: {' '.join(command)}") from error


def can(account: Account, test: str, path: Path) -> bool:
    """Whether the account really passes the test (such as -x) on the path, whatever the mode bits seem to say."""
    try:
        finished = subprocess.run(
            ["/usr/bin/test", test, str(path)],
            cwd="/",
            check=False,
            user=account.user,
            group=account.group,
            extra_groups=account.groups,
        )
    except PermissionError as error:
        raise MachineRefused(
            f"PostgreSQL refuses to run as root, and here root may not become the user {NAME}: "
            "run this as an ordinary user, or set DATABASE_URL."
        ) from error
    return finished.returncode == 0
