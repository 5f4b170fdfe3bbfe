"""Time travel: what a record said at a chosen moment, and what has changed since, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DateField, DateTimeField, DecimalField, Field, Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.errors import DomainError
from foundation.templatetags.formatting import fingerprint, format_amount, format_day, format_moment, language_of_page
from tenants import queries
from tenants.audit_words import spelled
from tenants.models import Organization

MOMENTS_SHOWN_MAX = 40
# Columns that people see although no form edits them, with their names.
SHOWN: dict[str, Any] = {
    "number": None,  # called as on its form
    "archived_at": gettext_lazy("Out of use since"),
    "logo_sha256": gettext_lazy("Logo"),
}
Expand = Callable[[str, Any], list[tuple[str, str]] | None]


class MomentNotUnderstood(DomainError):
    """A moment to look back to is a day, or a day and a time, that has been."""


@dataclass(frozen=True, slots=True)
class Said:
    """One field and what it said."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One field that says something else now."""

    label: str
    then: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """A record as it was: what it said, what is different now, and when it changed."""

    moment: datetime
    is_known: bool  # something is kept of that moment
    is_removed: bool
    kept_since: datetime | None
    said_since: datetime | None
    said: list[Said]
    changed: list[Changed]
    moments: list[datetime]  # newest first


def parse_moment(text: str, organization: Organization, *, now: datetime) -> datetime:
    """A day, or a day and a time, where the organization is; nothing typed: now. A day alone means its end."""
    if not text.strip():
        return now
    zone = ZoneInfo(organization.time_zone)
    try:
        if len(text.strip()) == len("2026-11-20"):
            moment = datetime.combine(date.fromisoformat(text.strip()), time.max, zone)
        else:
            moment = datetime.fromisoformat(text.strip())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            moment.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as error:
        raise MomentNotUnderstood(
            _("“%(text)s” is not a moment. Write a day and a time, such as 2026-11-20 14:00.") % {"text": text[:40]},
            field="at",
        ) from error
    if moment > now and moment.astimezone(zone).date() > now.astimezone(zone).date():
        raise MomentNotUnderstood(_("Choose a moment that has been; nobody knows what comes."), field="at")
    return min(moment, now)


def field_value(moment: datetime, organization: Organization) -> str:
    """The moment as a date-and-time field holds it: whole seconds, never before the moment itself."""
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    return moment.astimezone(ZoneInfo(organization.time_zone)).replace(tzinfo=None).isoformat()


def look_back(
    organization: Organization, model: type[Model], subject_id: UUID, moment: datetime, expand: Expand | None = None
) -> LookBack:
    """What a record said at the moment, from the versions that its table's trigger keeps.

    A record that has not been changed since versions are kept has none: what it says now is what is known.
    """
    moments = list(queries.version_moments(organization, subject_id)[:MOMENTS_SHOWN_MAX])
    first = queries.first_version_moment(organization, subject_id)
    then = queries.version_at(organization, subject_id, moment)
    newest = queries.version_at(organization, subject_id, None)
    said = _words(model, then.content, expand) if then else {}
    now = _words(model, newest.content, expand) if newest and not newest.is_removed else {}
    return LookBack(
        moment=moment,
        is_known=then is not None,
        is_removed=then is not None and then.is_removed,
        kept_since=first,
        said_since=then.recorded_at if then else None,
        said=[Said(label, value) for label, value in said.items() if value],
        changed=list(differences(said, now)) if then and not then.is_removed else [],
        moments=moments,
    )


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Changed]:
    """Every field that says something else, in the order in which they stand."""
    for label in {**then, **now}:
        if then.get(label, "") != now.get(label, ""):
            yield Changed(label, then.get(label, ""), now.get(label, ""))


def _words(model: type[Model], content: Mapping[str, Any], expand: Expand | None) -> dict[str, str]:
    """Field names and values as a reader sees them."""
    words: dict[str, str] = {}
    for column in model._meta.concrete_fields:
        name = column.attname
        if name not in content or column.is_relation:
            continue
        told = expand(name, content[name]) if expand else None
        if told is not None:
            words |= dict(told)
        elif column.editable or name in SHOWN:
            words[str(SHOWN.get(name) or column.verbose_name)] = word_of(column, content[name])
    return words


def word_of(column: Field[Any, Any], value: Any) -> str:
    """A stored value in the reader's words: choices by their names, yes and no, figures as the page has them."""
    language = language_of_page()
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        told = spelled(column.attname, value)
        return told if isinstance(told, str) else ", ".join(map(str, value))
    if column.flatchoices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, DateTimeField):
        return format_moment(datetime.fromisoformat(str(value)), language)
    if isinstance(column, DateField):
        return format_day(date.fromisoformat(str(value)), language)
    if isinstance(column, DecimalField):
        return format_amount(Decimal(str(value)), language)
    return fingerprint(str(value)) if column.attname == "logo_sha256" else str(value)
