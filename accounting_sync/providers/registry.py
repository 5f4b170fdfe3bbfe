"""Every accounting system that one can connect to: a new adapter is one module and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from accounting_sync.providers.base import Adapter

# Module and class, in the order in which they are offered.
ADAPTERS: tuple[tuple[str, str], ...] = (
    ("fiken", "Fiken"),
    ("tripletex", "Tripletex"),
    ("e_conomic", "EConomic"),
    ("poweroffice", "PowerOffice"),
    ("xero", "Xero"),
    ("dinero", "Dinero"),
    ("quickbooks", "QuickBooks"),
    ("visma_eaccounting", "VismaEAccounting"),
    ("visma_net", "VismaNet"),
    ("business_central", "BusinessCentral"),
    ("billy", "Billy"),
    ("wave", "Wave"),
    ("akaunting", "Akaunting"),
    ("d365_finance", "D365Finance"),
    ("hiveage", "Hiveage"),
    ("zipbooks", "ZipBooks"),
)


@cache
def adapters() -> Mapping[str, type[Adapter]]:
    """The adapters by their slugs."""
    found = [getattr(import_module(f"accounting_sync.providers.{module}"), name) for module, name in ADAPTERS]
    return {adapter.slug: adapter for adapter in found}
