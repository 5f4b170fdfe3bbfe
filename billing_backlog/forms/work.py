"""What may be typed of one's own work: hours, expenses, material and fees, and what corrects them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.hours import read_hours, write_hours
from billing_backlog.models import ContractLine, Project, WorkEntry, WorkKind
from billing_backlog.queries.work import enterable_lines, enterable_projects, product_of_number
from billing_backlog.working import HOUR, is_billed_by_work
from billing_backlog.written import Written
from customers.units import UNITS, unit_name
from foundation.forms import DayField, NumberField
from foundation.templatetags.formatting import language_of_page
from invoicing.attachable.kinds import FILE_BYTES_MAX
from invoicing.attachments import AttachmentRefused, ReadyFile, read_attachment
from tenants.models import Organization

RECEIPTS = ".pdf,.png,.jpg,.jpeg,.webp,image/*"
RECEIPT_TYPES = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})
USUAL_UNITS = ("NAR", "HUR", "DAY", "KMT", "KGM", "LTR", "MTR", "MTK", "MTQ", "LS")
Target = tuple[Project, ContractLine | None]
_NOTHING: Mapping[str, str] = MappingProxyType({})


class HoursField(forms.Field):
    """Hours as 7,5 or 7:30."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "class": "num"})
        options.setdefault("widget", widget)
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:
        """The typed hours, or a refusal that says how to write them."""
        if value in self.empty_values:
            return None
        try:
            return read_hours(str(value)[:20], language_of_page())
        except ValueError:
            raise ValidationError(_("Write hours such as 7.5 or 7:30."), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """Stored hours as they are written; what was typed stays as it was typed."""
        return write_hours(value, language_of_page()) if isinstance(value, Decimal) else value


class TargetField(forms.ChoiceField):
    """A contract line, or a project without one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=gettext_lazy("Project and contract line"), **options)
        self.targets: dict[str, Target] = {}

    def offer(self, targets: Sequence[Target]) -> None:
        """Let these be chosen, the lines of a project together."""
        self.targets = {target_key(*target): target for target in targets}
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, (project, line) in self.targets.items():
            words = f"{line.contract.number} {line.name}" if line else _("No contract (not billed)")
            groups.setdefault(f"{project} · {project.customer.name}", []).append((key, words))
        self.choices = [("", _("Choose…")), *groups.items()]

    def clean(self, value: Any) -> Target:
        """The chosen line and its project."""
        return self.targets[cast(str, super().clean(value))]


def target_key(project: Project, line: ContractLine | None) -> str:
    """How a form names a contract line, or a project without one."""
    return f"l:{line.pk}" if line else f"p:{project.pk}"


def targets_between(organization: Organization, first: date, last: date) -> list[Target]:
    """What may be worked on in these days: the lines of contracts that run, and every open project."""
    lines: dict[UUID, list[ContractLine]] = {}
    for line in enterable_lines(organization, first, last):
        lines.setdefault(line.contract.project_id, []).append(line)
    targets: list[Target] = []
    for project in enterable_projects(organization, first):
        targets += [(line.contract.project, line) for line in lines.pop(project.pk, [])]
        targets.append((project, None))
    return targets + [(line.contract.project, line) for rest in lines.values() for line in rest]


class WorkForm(forms.Form):
    """One entry; which fields there are is decided by its kind."""

    FIELDS: ClassVar[dict[str, frozenset[str]]] = {
        WorkKind.TIME: frozenset({"unit_price", "price_reason"}),
        WorkKind.EXPENSE: frozenset({"unit_code", "unit_price", "markup_percent", "receipt", "sends_receipt"}),
        WorkKind.MATERIAL: frozenset(
            {"unit_code", "product", "unit_price", "markup_percent", "price_reason", "receipt", "sends_receipt"}
        ),
        WorkKind.FEE: frozenset({"unit_code", "unit_price"}),
    }

    target = TargetField()
    day = DayField(label=gettext_lazy("Day"))
    quantity = NumberField(label=gettext_lazy("Quantity"), max_digits=18, decimal_places=6)
    unit_code = forms.ChoiceField(label=gettext_lazy("Unit"))
    product = forms.CharField(label=gettext_lazy("Product number"), max_length=40, required=False)
    unit_price = NumberField(
        label=gettext_lazy("Price each, without VAT"), min_value=0, max_digits=18, decimal_places=6, required=False
    )
    markup_percent = NumberField(
        label=gettext_lazy("Mark-up, %"), min_value=0, max_value=1000, max_digits=6, decimal_places=2, required=False
    )
    price_reason = forms.CharField(label=gettext_lazy("Why another price"), max_length=300, required=False)
    text = forms.CharField(label=gettext_lazy("Text on the invoice"), max_length=500)
    internal_text = forms.CharField(label=gettext_lazy("Text for us"), max_length=500, required=False)
    is_billable = forms.BooleanField(label=gettext_lazy("To be billed"), required=False)
    receipt = forms.FileField(
        label=gettext_lazy("Receipt"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": RECEIPTS}),
        help_text=gettext_lazy("A photo or a PDF, at most 10 MB."),
    )
    sends_receipt = forms.BooleanField(label=gettext_lazy("Send the receipt with the invoice"), required=False)

    def __init__(
        self, data: Any = None, uploads: Any = None, *, organization: Organization, kind: str, **more: Any
    ) -> None:
        targets: Sequence[Target] = more.pop("targets")
        super().__init__(data, uploads, **more)
        self.organization, self.kind = organization, kind
        optional = frozenset[str]().union(*self.FIELDS.values())
        for name in optional - self.FIELDS[kind]:
            del self.fields[name]
        self._suit_kind()
        cast(TargetField, self.fields["target"]).offer(targets)

    def _suit_kind(self) -> None:
        if self.kind == WorkKind.TIME:
            self.fields["quantity"] = HoursField(label=_("Hours"), help_text=_("7.5 or 7:30"))
            self.fields["text"].required = False
            self.fields["text"].help_text = _("Empty: the name of the contract line.")
            self.fields["unit_price"].label = _("Own price per hour, without VAT")
            self.fields["unit_price"].help_text = _("Empty: the price of the contract.")
            return
        language = language_of_page()
        units = [(code, unit_name(code, language)) for code in USUAL_UNITS if code in UNITS]
        cast(forms.ChoiceField, self.fields["unit_code"]).choices = units
        self.fields["unit_price"].required = self.kind != WorkKind.MATERIAL  # a product has a price of its own
        if self.kind == WorkKind.FEE:
            return
        self.fields["unit_price"].help_text = _(
            "In the currency of the contract. The VAT on the receipt is deducted in the accounts; the invoice adds "
            "its own."
        )

    def clean_receipt(self) -> ReadyFile | None:
        """The receipt written anew as what its bytes say it is; None where none was sent."""
        upload = cast("UploadedFile[Any] | None", self.cleaned_data.get("receipt"))
        if not upload:
            return None
        try:
            ready = read_attachment(upload.name or "", upload.read(FILE_BYTES_MAX + 1))
        except AttachmentRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal
        if ready.content_type not in RECEIPT_TYPES:
            raise ValidationError(_("A receipt is a photo or a PDF. Attach one of those."), code="kind")
        return ready

    def clean_product(self) -> Any:
        """The product of that number."""
        number = self.cleaned_data["product"].strip()
        if not number:
            return None
        product = product_of_number(self.organization, number)
        if product is None:
            raise ValidationError(
                _("No product in use has the number %(number)s."), code="unknown", params={"number": number}
            )
        return product

    def written(self, sent: Mapping[str, str] = _NOTHING) -> Written:
        """What was typed, as the action takes it; the button that was pressed and the version are in what was sent."""
        version = sent.get("version", "")
        said = self.cleaned_data
        project, line = said["target"]
        return Written(
            kind=self.kind,
            project=project,
            line=line,
            day=said["day"],
            quantity=said["quantity"],
            text=said["text"].strip() or (line.name if line else project.name),
            unit_code=said.get("unit_code") or HOUR,
            product=said.get("product"),
            unit_price=said.get("unit_price"),
            markup_percent=said.get("markup_percent") or Decimal(0),
            price_reason=said.get("price_reason", ""),
            internal_text=said["internal_text"],
            is_billable=said["is_billable"] and self._may_be_billed(line),
            sends_receipt=said.get("sends_receipt", False),
            receipt=said.get("receipt"),
            drops_receipt="drops_receipt" in sent,
            submits="submit" in sent,
            version=int(version) if version.isdecimal() else 0,
        )

    def _may_be_billed(self, line: ContractLine | None) -> bool:
        """Hours under a fixed price, or under no contract and without a price of their own, are never billed."""
        if self.kind != WorkKind.TIME or is_billed_by_work(line):
            return True
        return line is None and self.cleaned_data.get("unit_price") is not None


def initial_of(entry: WorkEntry) -> dict[str, Any]:
    """What a stored entry says, as its form shows it."""
    names = ("day", "quantity", "unit_code", "unit_price", "markup_percent", "price_reason", "text", "internal_text")
    said = {name: getattr(entry, name) for name in names}
    for name in ("quantity", "unit_price", "markup_percent"):
        if isinstance(said[name], Decimal):
            said[name] = said[name].normalize() + 0
    return {
        **said,
        "target": target_key(entry.project, entry.line),
        "product": entry.product.number if entry.product else "",
        "is_billable": entry.is_billable,
        "sends_receipt": entry.sends_receipt,
    }


class CorrectionForm(forms.Form):
    """The right quantity of approved work, and why."""

    right = NumberField(label=gettext_lazy("Right quantity"), min_value=0, max_digits=18, decimal_places=6)
    reason = forms.CharField(label=gettext_lazy("Why it is corrected"), max_length=300)

    def __init__(self, data: Any = None, *, entry: WorkEntry, **more: Any) -> None:
        super().__init__(data, **more)
        if entry.kind == WorkKind.TIME:
            self.fields["right"] = HoursField(label=_("Right hours"), help_text=_("7.5 or 7:30; 0 takes them away."))
