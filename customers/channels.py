"""The ways in which a document reaches a customer."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """In the order in which they are tried unless somebody chose another."""

    EHF = "ehf", "EHF"
    EFAKTURA = "efaktura", "eFaktura"
    EMAIL = "email", _("E-mail")
    PAPER = "paper", _("Paper")


def words_of_order(order: Sequence[str]) -> str:
    """An order of channels as people read it; a code that this release does not know stands as it is."""
    words = dict(Channel.choices)
    return ", ".join(str(words.get(code, code)) for code in order)
