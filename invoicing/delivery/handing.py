"""One attempt at handing a delivery over, by its channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from invoicing.delivery import efaktura, mail, network
from invoicing.dispatching.plain import Outcome, Parcel

AboutTo = Callable[[], None]

CHANNELS: Mapping[str, Callable[[Parcel, AboutTo], Outcome]] = {
    "email": mail.hand_over,
    "ehf": network.hand_over,
    "efaktura": efaktura.hand_over,
}


def hand_over(parcel: Parcel, *, about_to: AboutTo) -> Outcome:
    """Hand it to its recipient; `about_to` is called once, just before the step that cannot be taken back."""
    return CHANNELS[parcel.channel](parcel, about_to)
