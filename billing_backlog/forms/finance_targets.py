"""What may be written of a finance system, and of how lines are posted there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.file_words import FIELDS
from billing_backlog.finance_files.targets import TARGETS, TargetCode
from billing_backlog.models import FinanceTarget, Handing, PersonId
from billing_backlog.models.run_files import ORDER_NUMBER_MAX
from foundation.text import PlainTextForm

POSITIONS = 7  # of dimensions, in the layout that has the most
NAME_MAX = 40
TOLD_BY_US = frozenset({"system_code", "day", "period", "currency"})
HEADER_NAMES = sorted({name for target in TARGETS.values() for name in target.header} - TOLD_BY_US)
NEEDED = {Handing.SFTP: ("host", "username", "secret"), Handing.FOLDER: ("folder",)}


class TargetForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A finance system: its layout, our sign there, our order numbers, the positions of dimensions, and the way."""

    use_required_attribute = False

    order_from = forms.IntegerField(label=gettext_lazy("Order numbers from"), min_value=1, max_value=ORDER_NUMBER_MAX)
    order_to = forms.IntegerField(label=gettext_lazy("to"), min_value=1, max_value=ORDER_NUMBER_MAX)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=22, required=False)
    project_position = forms.TypedChoiceField(
        label=gettext_lazy("The project stands in position"),
        coerce=int,
        choices=[(0, gettext_lazy("None")), *((number, str(number)) for number in range(1, POSITIONS + 1))],
        help_text=gettext_lazy("It must have a value on every line, or the file fails."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Password or private key"),
        required=False,
        max_length=8000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Kept sealed and never shown again. Empty: the one that is kept stays."),
    )

    class Meta:
        model = FinanceTarget
        fields = [
            "name", "layout", "system_code", "person_id", "uses_crlf", "order_from", "order_to", "posts_internal",
            "income_account", "cost_account", "handing", "host", "port", "username", "fingerprint", "folder",
            "receiver_email", "is_active",
        ]  # fmt: skip
        help_texts = {
            "system_code": gettext_lazy("By which the receiver knows us. Typed again before a file is generated."),
            "fingerprint": gettext_lazy("SHA256:… as the receiver confirms it. Nothing is sent to any other server."),
            "receiver_email": gettext_lazy("Whoever reads the file is told when it is there."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        target = options.get("instance")
        options["initial"] = {**_stored(target), **options.get("initial", {})}
        super().__init__(*args, **options)
        for name in HEADER_NAMES:
            self.fields[name] = forms.CharField(label=str(FIELDS[name]).capitalize(), max_length=40, required=False)
        layout = self.data.get("layout") or self.initial.get("layout", "")
        for name in TARGETS[TargetCode(layout)].header - TOLD_BY_US if layout in set(TargetCode) else ():
            self.fields[name].required = True
        for number in range(1, POSITIONS + 1):
            self.fields[f"dimension_{number}"] = forms.CharField(
                label=_("Position %(number)s") % {"number": number}, max_length=NAME_MAX, required=False
            )
            self.fields[f"demands_{number}"] = forms.BooleanField(
                label=_("Position %(number)s must have a value") % {"number": number}, required=False
            )

    def clean(self) -> dict[str, Any]:
        """What the layout must be told, and what the way needs."""
        found: dict[str, Any] = super().clean() or {}
        layout = found.get("layout")
        if layout:
            target = TARGETS[TargetCode(layout)]
            if found.get("person_id") == PersonId.NATIONAL_ID and not target.takes_national_ids:
                self.add_error("person_id", _("%(name)s does not take national ids.") % {"name": target.name})
            if found.get("person_id") == PersonId.CUSTOMER_NUMBER and PersonId.CUSTOMER_NUMBER not in {
                kind.value for kind in target.identifiers
            }:
                self.add_error("person_id", _("%(name)s does not take our customer numbers.") % {"name": target.name})
        for name in NEEDED.get(found.get("handing", ""), ()):
            if name != "secret" or not self.instance.has_secret:
                self._demand(found, name)
        position = found.get("project_position") or 0
        if position and not found.get(f"dimension_{position}"):
            self.add_error(f"dimension_{position}", _("Name the position of the project."))
        return found

    def _demand(self, found: dict[str, Any], name: str) -> None:
        if not found.get(name):
            self.add_error(name, _("Fill this in."))

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        said = self.cleaned_data
        layout = TARGETS[TargetCode(said["layout"])]
        told = {name: said[name] for name in self.Meta.fields}
        positions = [
            {
                "name": said[f"dimension_{number}"],
                "is_required": said[f"demands_{number}"],
                "is_project": said["project_position"] == number,
            }
            for number in range(1, POSITIONS + 1)
        ]
        while positions and not positions[-1]["name"]:
            positions.pop()
        header = {name: said[name] for name in sorted(layout.header - TOLD_BY_US)}
        return {**told, "port": said["port"] or 22, "header": header, "dimensions": positions}

    def header_fields(self) -> list[tuple[Any, str]]:
        """The fields that only some layouts ask for, each with the classes that say which."""
        return [
            (
                self[name],
                " ".join(f"of-{code.value}" for code, target in TARGETS.items() if name in target.header),
            )
            for name in HEADER_NAMES
        ]

    def dimension_rows(self) -> list[tuple[Any, Any]]:
        """The positions, each with its name and whether it must have a value."""
        return [(self[f"dimension_{number}"], self[f"demands_{number}"]) for number in range(1, POSITIONS + 1)]


def _stored(target: FinanceTarget | None) -> dict[str, Any]:
    if target is None:
        return {}
    told: dict[str, Any] = dict(target.header)
    for number, dimension in enumerate(target.dimensions, start=1):
        told[f"dimension_{number}"] = dimension["name"]
        told[f"demands_{number}"] = dimension["is_required"]
        if dimension["is_project"]:
            told["project_position"] = number
    return told


class PostingStringForm(PlainTextForm, forms.Form):
    """How a group of facilities is posted: article and dimensions, and what the invoice says."""

    use_required_attribute = False

    group = forms.ChoiceField(label=gettext_lazy("Group of facilities"), required=False)
    article = forms.CharField(label=gettext_lazy("Article"), max_length=15)

    def __init__(self, *args: Any, target: FinanceTarget, groups: Sequence[str], **options: Any) -> None:
        options.setdefault("auto_id", "id_posting_%s")
        super().__init__(*args, **options)
        choices = [("", _("All without one of their own")), *((name, name) for name in groups)]
        self.fields["group"].choices = choices  # type: ignore[attr-defined]
        self.names = [f"value_{place}" for place in range(len(target.dimensions))]
        for name, dimension in zip(self.names, target.dimensions, strict=True):
            self.fields[name] = forms.CharField(
                label=dimension["name"] or "–", max_length=12, required=dimension["is_required"]
            )
        self.fields["header_text"] = forms.CharField(
            label=_("Text at the head of the invoice"), max_length=120, required=False
        )
        self.fields["contact_department"] = forms.CharField(label=_("Department to ask"), max_length=60, required=False)

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        said = self.cleaned_data
        told = {name: said[name] for name in ("group", "article", "header_text", "contact_department")}
        return {**told, "values": [said[name] for name in self.names]}
