"""What every adapter declares is what it does: no method of a capability is missing, and none stands unannounced."""

from __future__ import annotations

import inspect
from datetime import date
from typing import Any

import pytest

from accounting_sync.mapping.entries import Party
from accounting_sync.providers.base import Adapter, Answer, Call, NotOffered, ProblemKind, RemoteCustomer
from accounting_sync.providers.fiken import Fiken
from accounting_sync.providers.registry import adapters
from accounting_sync.providers.visma_net import VismaNet
from accounting_sync.providers.zipbooks import ZipBooks

CAPABILITIES = {
    "has_customers": ("find_customer", "found_customers", "create_customer", "created_customer"),
    "updates_customers": ("update_customer",),
    "tells_customers": ("list_customers",),
    "tells_closed_periods": ("fetch_closed_through", "closed_through"),
    "tells_payments": ("list_payments", "paid"),
}
# What a system that says nothing of its own is answered for.
USUAL = {"problem", "objection_text", "next_page"}
NONE = Answer(200)
PARTY = Party(number="10001", name="Fjordbygg & Sønner AS", is_business=True)


def methods_of(adapter: type) -> dict[str, Any]:
    """What it can be asked, by name."""
    found = inspect.getmembers(adapter, inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


@pytest.mark.parametrize("slug", adapters())
def test_an_adapter_does_what_it_declares_and_nothing_else(slug: str) -> None:
    adapter, asked = adapters()[slug], methods_of(Adapter)
    made = [adapter({}, mode) for mode in adapter.modes]

    for capability, methods in CAPABILITIES.items():
        is_declared = any(getattr(one, capability) for one in made)
        own = [name for name in methods if methods_of(adapter)[name] is not asked[name]]
        assert own == (list(methods) if is_declared else []), capability


def test_every_question_is_for_all_or_for_those_who_declare_it() -> None:
    optional = {name for methods in CAPABILITIES.values() for name in methods}

    assert set(methods_of(Adapter)) == Adapter.__abstractmethods__ | optional | USUAL
    assert not Adapter.__abstractmethods__ & (optional | USUAL)


def test_an_adapter_that_leaves_out_what_all_must_answer_is_none() -> None:
    silent = type("Silent", (Fiken,), {"find": Adapter.find})

    with pytest.raises(TypeError, match="find"):
        silent({}, Fiken.modes[0])


def test_who_asks_for_what_was_not_declared_is_told_so() -> None:
    visma, zipbooks = VismaNet({}, VismaNet.modes[0]), ZipBooks({}, ZipBooks.modes[0])
    asked: list[tuple[Adapter, str, str, tuple[Any, ...]]] = [
        (visma, "has_customers", "find_customer", (PARTY,)),
        (visma, "has_customers", "found_customers", (NONE,)),
        (visma, "has_customers", "create_customer", (PARTY,)),
        (visma, "has_customers", "created_customer", (PARTY, NONE)),
        (zipbooks, "updates_customers", "update_customer", (PARTY, RemoteCustomer(id="5"))),
        (zipbooks, "tells_customers", "list_customers", (None,)),
        (zipbooks, "tells_closed_periods", "fetch_closed_through", ()),
        (zipbooks, "tells_closed_periods", "closed_through", (NONE,)),
        (zipbooks, "tells_payments", "list_payments", (date(2026, 3, 16),)),
        (zipbooks, "tells_payments", "paid", (NONE,)),
    ]

    for adapter, capability, method, values in asked:
        with pytest.raises(NotOffered) as told:
            getattr(adapter, method)(*values)
        sentence = f"{method} is asked only of systems that declare {capability}; {adapter.label} does not."
        assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7), (" 120 ", 120), ("", None), ("1.5", None), ("²", None), ("9" * 5000, None), ("Mon, 16 Mar 2026", None)],
)
def test_a_wait_is_told_in_whole_seconds_or_not_at_all(told: str, seconds: int | None) -> None:
    answer = Answer(429, {"retry-after": told})

    problem = ZipBooks({}, ZipBooks.modes[0]).problem(Call(method="GET", path="/contacts"), answer)

    assert problem is not None
    assert (problem.kind, problem.retry_after) == (ProblemKind.RATE_LIMITED, seconds)
