"""What is typed when an issued invoice is taken back: which lines, why, and what the customer is told."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from foundation.text import PlainTextForm
from invoicing.models import Correction, DraftApproval
from invoicing.wording import field_of

REASON_MAX = 300


class ReasonForm(PlainTextForm, forms.Form):
    """Why a document is taken back: printed on the credit note."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        error_messages={"required": _("Say why: the reason is printed on the credit note.")},
    )


class VoidForm(ReasonForm):
    """Why an invoice is voided, and whether its page is closed as well."""

    closes_links = forms.BooleanField(
        label=_("It went to the wrong customer: close its page and take back every link"),
        help_text=_("Otherwise the page stays and says that nothing is to be paid."),
        required=False,
    )


class RefusalForm(PlainTextForm, forms.Form):
    """Why a draft is not approved: told to its maker."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=field_of(DraftApproval, "reason").max_length,
        error_messages={"required": _("Say why. The maker of the draft needs to know what to change.")},
    )


class MessageForm(PlainTextForm, forms.Form):
    """What the customer is told of a correction."""

    message = forms.CharField(
        label=field_of(Correction, "message").verbose_name,
        max_length=field_of(Correction, "message").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )


def chosen_lines(data: QueryDict) -> set[UUID]:
    """The lines that are ticked; what is no id is nobody's line."""
    chosen = set()
    for text in data.getlist("line"):
        try:
            chosen.add(UUID(text))
        except ValueError:
            continue
    return chosen
