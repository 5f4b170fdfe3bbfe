"""The people of the demo: one for each role, a member of every demo organization, all with one password."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.db import transaction

from tenants.audit import Actor
from tenants.models import Role, User

PASSWORD_FILE = "demo-password"  # noqa: S105 - the name of a file
NAMES = {
    Role.OWNER: ("owner@demo.example", "Olga Prøvesen"),
    Role.ACCOUNTANT: ("accountant@demo.example", "Anders Eksempelstad"),
    Role.PROJECT_MANAGER: ("project.manager@demo.example", "Petra Tenkerud"),
    Role.CASE_WORKER: ("case.worker@demo.example", "Stian Utkastvik"),
    Role.AUDITOR: ("auditor@demo.example", "Ragnhild Oppdiktet"),
}


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """The users by role, and as actors."""

    users: dict[Role, User]

    @property
    def owner(self) -> Actor:
        return Actor.person(self.users[Role.OWNER])

    @property
    def accountant(self) -> Actor:
        return Actor.person(self.users[Role.ACCOUNTANT])

    @property
    def project_manager(self) -> Actor:
        return Actor.person(self.users[Role.PROJECT_MANAGER])

    @property
    def case_worker(self) -> Actor:
        return Actor.person(self.users[Role.CASE_WORKER])


def demo_people(folder: Path) -> tuple[DemoPeople, str]:
    """The people and their password, which is made once and kept in a file that only this user can read."""
    path = folder / PASSWORD_FILE
    is_new = not path.exists()
    if is_new:
        _write_once(path, f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(3)}")
    password = path.read_text(encoding="utf-8").strip()
    return DemoPeople({role: _person(*who, password, has_new_password=is_new) for role, who in NAMES.items()}), password


def _write_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")


@transaction.atomic
def _person(email: str, name: str, password: str, *, has_new_password: bool) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name)
    elif has_new_password:
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"primary": True, "verified": True})
    return user
