"""Projects and departments reach every accounting system that keeps them, by its own lists."""

from __future__ import annotations

from dataclasses import replace

import pytest
import simplejson

from accounting_sync.mapping.entries import LinePart
from accounting_sync.providers.base import Mode
from tests.accounting_sync.adapter_suite import cases, company, ledger_of
from tests.ledgers.contracts import MISSING, is_here
from tests.ledgers.server import LedgerServer

pytestmark = pytest.mark.skipif(not is_here(), reason=MISSING)
KEEPING = cases(lambda adapter, ledger: bool(adapter.dimensions and ledger.targets.dimensions))


@pytest.mark.parametrize("case", KEEPING)
def test_m_025_a_sale_bears_its_project_there(case: tuple[str, Mode]) -> None:
    slug, mode = case
    with LedgerServer(ledger_of(slug)()) as server, company(server, slug, mode) as there:
        adapter = there.driver.adapter
        named = {}
        for kind, values in there.targets.dimensions.items():
            target = next(iter(values.values()))
            listed = {choice.id: choice for choice in there.driver.choices(adapter.dimensions[kind])}
            named[kind] = replace(target, facts=listed[target.id].facts)
        sale = there.driver.linked(there.entries["sale"])
        lines = [replace(line, dimensions=named) if line.part == LinePart.OTHER else line for line in sale.lines]
        sale = replace(sale, lines=lines, items=[replace(item, dimensions=named) for item in sale.items])

        pushed = there.taken(sale, is_linked=True)
        call = adapter.build(adapter.steps(sale)[0], sale, {})

        assert pushed is not None
        there.one_stands(sale)
        written = simplejson.dumps(call.body, use_decimal=True)
        assert [target.id for target in named.values() if target.id not in written] == []
    server.assert_obeyed()
