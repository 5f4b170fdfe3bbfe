"""What is typed of movements and bank files."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.errors import DomainError
from foundation.forms import NumberField
from payments.bank_files.lines import BYTES_MAX
from payments.terms import Part

CLAIMS_MAX = 60
REASON_MAX = 300
AMOUNT = NumberField(max_digits=18, decimal_places=2, min_value=Decimal(0), required=False)


class AmountIsUnclear(DomainError):
    """What was typed as an amount is none."""


class BankFileForm(forms.Form):
    """A file from the bank."""

    file = forms.FileField(
        label=_("Bank file"),
        help_text=_(
            "camt.053, camt.054, OCR giro, BGMAX, AvtaleGiro or CSV. The same file twice is never counted twice."
        ),
        allow_empty_file=True,  # the reader says what is wrong with an empty one
    )

    def clean_file(self) -> Any:
        """A file that is not too large to be read at all."""
        file = self.cleaned_data["file"]
        if file.size > BYTES_MAX:
            raise ValidationError(
                _("The file is larger than %(most)s MB. Ask the bank for shorter periods."),
                params={"most": BYTES_MAX // (1024 * 1024)},
            )
        return file


def read_reason(text: str) -> str:
    """Why a movement is left or taken up again, in signs that can be shown."""
    return "".join(sign for sign in text[:REASON_MAX] if sign.isprintable()).strip()


def read_id(text: str) -> UUID | None:
    """An id as a form sends it; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_fee(text: str) -> Decimal:
    """What a provider kept; an empty field is nothing."""
    try:
        fee: Decimal | None = AMOUNT.clean(text)
    except ValidationError as error:
        raise AmountIsUnclear(" ".join(error.messages), field="fee") from error
    return fee or Decimal(0)


def read_parts(data: Mapping[str, Any], chosen: list[str]) -> list[Part]:
    """The ticked claims with what is typed for each; an empty amount is as much as the money reaches."""
    parts = []
    for text in dict.fromkeys(chosen[:CLAIMS_MAX]):
        receivable_id = read_id(text)
        if receivable_id is None:
            continue
        try:
            amount = AMOUNT.clean(data.get(f"part_{receivable_id}", ""))
        except ValidationError as error:
            raise AmountIsUnclear(" ".join(error.messages), field="parts") from error
        parts.append(Part(receivable_id=receivable_id, amount=amount))
    return parts
