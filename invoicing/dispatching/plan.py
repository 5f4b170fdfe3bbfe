"""By which channels a document reaches a customer, in which order, and what keeps the others out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

EHF = "ehf"
EFAKTURA = "efaktura"
EMAIL = "email"
PAPER = "paper"
ORDER = (EHF, EMAIL, PAPER)


class Missing(StrEnum):
    """Why a channel cannot be used."""

    NOT_STRUCTURED = "not_structured"  # this kind of document has no EHF
    NO_ENDPOINT = "no_endpoint"
    NOT_REACHABLE = "not_reachable"
    NO_AGREEMENT = "no_agreement"
    NO_EMAIL = "no_email"
    NO_POSTAL_ADDRESS = "no_postal_address"


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of how somebody can be reached; empty where there is no such way."""

    endpoint: str = ""  # scheme:identifier
    wants_ehf: bool = False
    receives_ehf: bool | None = None  # what the network answered; None: it was not asked or did not answer
    is_asked_after: bool = False  # the network was asked and is silent: the worker asks once more before it leaves EHF
    efaktura: str = ""
    email: str = ""
    postal_address: str = ""
    is_structured: bool = True  # whether the document exists as EHF
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One channel and whom it reaches."""

    channel: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The channels in the order in which they are tried, and why others are not among them."""

    steps: tuple[Step, ...] = ()
    left_out: dict[str, Missing] = field(default_factory=dict)
    after_no: tuple[Step, ...] = ()  # tried only once the network has said that the customer receives no EHF

    @property
    def first(self) -> Step | None:
        """How it is sent unless that fails."""
        return self.steps[0] if self.steps else None


def plan_of(reach: Reach, order: Sequence[str], *, leaves_ehf: bool) -> Plan:
    """The steps in the wanted order.

    A customer who can receive EHF gets nothing else by itself: what comes after EHF is tried only where `leaves_ehf`
    says so, or where the network has answered that the customer does not receive it. A network that does not answer
    is no reason to leave EHF.
    """
    steps: list[Step] = []
    after_no: list[Step] = []
    left_out: dict[str, Missing] = {}
    for channel in dict.fromkeys(order):
        step = _step(channel, reach)
        if isinstance(step, Missing):
            left_out[channel] = step
            continue
        is_after_ehf = any(one.channel == EHF for one in steps)
        (after_no if is_after_ehf and not leaves_ehf else steps).append(step)
    return Plan(tuple(steps), left_out, tuple(after_no))


def _step(channel: str, reach: Reach) -> Step | Missing:
    if channel == EHF:
        return _ehf_step(reach)
    if channel == EFAKTURA:
        return Step(EFAKTURA, reach.efaktura) if reach.efaktura else Missing.NO_AGREEMENT
    if channel == EMAIL:
        return Step(EMAIL, reach.email) if reach.email else Missing.NO_EMAIL
    return Step(PAPER, reach.postal_address) if reach.postal_address else Missing.NO_POSTAL_ADDRESS


def _ehf_step(reach: Reach) -> Step | Missing:
    if not reach.is_structured:
        return Missing.NOT_STRUCTURED
    if not reach.endpoint or not (reach.wants_ehf or reach.receives_ehf or reach.is_asked_after):
        return Missing.NO_ENDPOINT
    if reach.receives_ehf is False:
        return Missing.NOT_REACHABLE
    return Step(EHF, reach.endpoint)
