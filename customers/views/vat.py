"""The door to VAT: whether the company is registered, and what the law says of the rates."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import VAT_TREATMENT_CHOICES
from customers.vat import default_reason, rule_of
from foundation.templatetags.formatting import language_of_page
from tenants import queries
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_vat(request: OrganizationRequest) -> HttpResponse:
    """The treatments with the rate of today, and every dated rate with its source."""
    organization = request.organization
    figures = list(queries.list_vat_figures(organization.country))
    today = local_today(organization)
    in_force = {
        row.variant: row
        for row in figures
        if row.valid_from <= today and (row.valid_to is None or today < row.valid_to)
    }
    context = {
        "treatments": [_treatment(code, label, in_force) for code, label in VAT_TREATMENT_CHOICES],
        "figures": [{"figure": row, "label": _class_label(row.variant)} for row in figures],
        "in_force": {row.pk for row in in_force.values()},
        "may_edit": request.may(Permission.EDIT_SETTINGS),
    }
    return render(request, "customers/vat.html", context)


def _treatment(code: str, label: Any, in_force: dict[str, Any]) -> dict[str, Any]:
    rule = rule_of(code)
    figure = None if rule.rate_class is None else in_force.get(rule.rate_class)
    return {
        "label": label,
        "percent": 0 if rule.rate_class is None else figure and figure.value,
        "category": rule.category.value,
        "code": rule.standard_tax_code,
        "reason": default_reason(code, language_of_page()),
    }


def _class_label(variant: str) -> str:
    """The treatment that a class of rates stands for, in words; a class that none uses as the law table names it."""
    for code, label in VAT_TREATMENT_CHOICES:
        if rule_of(code).rate_class == variant:
            return str(label)
    return variant.replace("_", " ")
