"""eFaktura, a preview: the document is put down for the bank's program to fetch, until a bank agreement exists."""

from __future__ import annotations

from collections.abc import Callable

from invoicing.delivery.folder import put_down
from invoicing.delivery.papers import file_of
from invoicing.dispatching import states
from invoicing.dispatching.plain import Outcome, Parcel
from invoicing.models import FileKind

FOLDER = "efaktura-out"


def hand_over(parcel: Parcel, about_to: Callable[[], None]) -> Outcome:
    """Put the invoice's data and its PDF down under the id of the delivery."""
    data = file_of(parcel, FileKind.CORE_XML)
    pdf = file_of(parcel, FileKind.PDF)
    about_to()
    put_down(FOLDER, str(parcel.organization_id), f"{parcel.message_id}.pdf", pdf)
    path = put_down(FOLDER, str(parcel.organization_id), f"{parcel.message_id}.xml", data)
    return Outcome(states.SENT, reason_code="put_down", external_id=path.name)
