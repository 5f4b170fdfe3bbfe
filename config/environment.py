"""Reading the environment: every knob has a name, a shape and, where it must be given, a loud refusal."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    """The variable's value; refuses to start without one."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"The environment variable {name} is not set.")
    return value


def optional(name: str, default: str = "") -> str:
    """The variable's value, or the default where it is missing or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """A yes/no variable: 1, true, yes, on against 0, false, no, off."""
    value = optional(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def whole_number(name: str, default: int) -> int:
    """A variable that counts something."""
    value = optional(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def table(name: str) -> dict[str, Any]:
    """A variable that holds a JSON object; empty where it is missing."""
    try:
        value = json.loads(optional(name, "{}"))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be JSON: {error}") from error
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object.")
    return value


def database(name: str, *, persistent_seconds: int) -> dict[str, Any]:
    """Django's database settings from postgresql://USER[:PASSWORD]@HOST[:PORT]/NAME or …@/NAME?host=/socket/folder."""
    url = urlsplit(required(name))
    if url.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"{name} must begin with postgresql://, not {url.scheme!r}.")
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    host = query.pop("host", url.hostname or "")
    port = query.pop("port", str(url.port or ""))
    return {
        "ENGINE": "tenants.database",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(host),
        "PORT": port,
        "CONN_MAX_AGE": persistent_seconds,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "bilag", **query},
    }


def redis_locations(url: str) -> tuple[str, str]:
    """The cache's and the broker's spelling of one REDIS_URL (unix:///path or redis://host:port/db)."""
    if url.startswith("unix://"):
        path = url.removeprefix("unix://")
        return f"unix://{path}?db=1", f"redis+socket://{path}?virtual_host=0"
    return url, url
