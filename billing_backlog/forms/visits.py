"""What may be typed of a visit: for whom, when, by whom, what, and how often again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.forms.fields import CustomerField, shortest, unit_choices
from billing_backlog.models import ContractLine, Visit
from billing_backlog.queries.choosing import product_called
from billing_backlog.visiting import Every, VisitPlan
from customers.models import Product
from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from tenants.models import Organization, User

EVERY = [
    (Every.ONCE.value, pgettext_lazy("visit", "Once")),
    (Every.WEEK.value, gettext_lazy("Every week")),
    (Every.SECOND_WEEK.value, gettext_lazy("Every second week")),
    (Every.MONTH.value, gettext_lazy("Every month")),
]


def _time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


class VisitForm(PlainTextForm, forms.Form):
    """One visit; a contract line knows its customers and its price, a product its text and price."""

    use_required_attribute = False

    line = forms.ChoiceField(label=gettext_lazy("Contract line"), required=False)
    product = forms.CharField(label=gettext_lazy("Product number"), max_length=40, required=False)
    text = forms.CharField(
        label=gettext_lazy("Text on the invoice"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Empty: the name of the product or the contract line."),
    )
    planned_on = DayField(label=gettext_lazy("Day"))
    starts_at = _time_field(gettext_lazy("From"))
    ends_at = _time_field(gettext_lazy("To"))
    worker = forms.ChoiceField(label=gettext_lazy("Who goes there"), required=False)
    worker_name = forms.CharField(label=gettext_lazy("Or somebody without an account"), max_length=120, required=False)
    place = forms.CharField(
        label=gettext_lazy("Place"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Empty: the customer’s address."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note for whoever goes there"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Stands on the day sheet, never on the invoice."),
    )
    quantity = NumberField(
        label=gettext_lazy("Quantity"), min_value=Decimal("0.000001"), max_digits=18, decimal_places=6
    )
    unit_code = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    unit_price = NumberField(
        label=gettext_lazy("Another price"), min_value=0, max_digits=18, decimal_places=6, required=False
    )
    price_reason = forms.CharField(label=gettext_lazy("Why another price"), max_length=300, required=False)
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=EVERY, required=False)
    until = DayField(label=gettext_lazy("Through"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        organization: Organization,
        lines: Sequence[ContractLine],
        workers: Sequence[User],
        visit: Visit | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        stored = _initial_of(visit) if visit is not None else {"quantity": Decimal(1)}
        super().__init__(data, initial={**stored, **(initial or {})})
        self.organization = organization
        self.fields["customer"] = CustomerField(
            organization, required=False, help_text=_("Or choose a contract line: it knows who pays.")
        )
        names = {str(line.pk): f"{line.contract.number} {line.name} · {line.contract.project}" for line in lines}
        if visit is not None and visit.line is not None:
            names.setdefault(str(visit.line_id), f"{visit.line.contract.number} {visit.line.name}")
        people = {str(user.pk): str(user) for user in workers}
        if visit is not None and visit.worker is not None:
            people.setdefault(str(visit.worker_id), str(visit.worker))
        self._offer("line", [("", _("No contract")), *names.items()])
        self._offer("worker", [("", _("Nobody yet")), *people.items()])
        self._offer("unit_code", [("", _("As the product or the contract line")), *unit_choices()])
        if visit is not None:
            del self.fields["every"], self.fields["until"]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a field of choices

    def clean_product(self) -> Product | None:
        """The product of that number."""
        number = self.cleaned_data["product"].strip()
        product = product_called(self.organization, number) if number else None
        if number and product is None:
            raise ValidationError(
                _("No product in use has the number %(number)s."), code="unknown", params={"number": number}
            )
        return product

    def plan(self) -> VisitPlan:
        """What was typed, as the actions take it."""
        said = self.cleaned_data
        product, worker = said["product"], said["worker"]
        customer = said.get("customer")
        return VisitPlan(
            planned_on=said["planned_on"],
            customer_id=customer.pk if customer else None,
            line_id=UUID(said["line"]) if said["line"] else None,
            product_id=product.pk if product else None,
            worker_id=UUID(worker) if worker else None,
            worker_name="" if worker else said["worker_name"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
            text=said["text"],
            quantity=said["quantity"],
            unit_code=said["unit_code"],
            unit_price=said["unit_price"],
            price_reason=said["price_reason"],
            place=said["place"],
            note=said["note"],
        )

    def series(self) -> tuple[Every, date | None]:
        """How often it comes again, and through which day."""
        return Every(self.cleaned_data.get("every", "")), self.cleaned_data.get("until")


class ReportForm(forms.Form):
    """That one visit is done: on which day, and how much it was."""

    done_on = DayField(label=gettext_lazy("Done on"))
    quantity = NumberField(
        label=gettext_lazy("Quantity"), min_value=Decimal("0.000001"), max_digits=18, decimal_places=6
    )


class MoveForm(forms.Form):
    """To which day visits are moved."""

    day = DayField(label=gettext_lazy("Day"))


def _initial_of(visit: Visit) -> dict[str, Any]:
    names = ("planned_on", "starts_at", "ends_at", "text", "unit_code", "price_reason", "place", "note")
    return {
        **{name: getattr(visit, name) for name in names},
        "customer": visit.customer,
        "line": str(visit.line_id or ""),
        "product": visit.product.number if visit.product else "",
        "worker": str(visit.worker_id or ""),
        "worker_name": "" if visit.worker_id else visit.worker_name,
        "quantity": shortest(visit.quantity),
        "unit_price": shortest(visit.unit_price, 2),
    }
