"""How long it takes to build an EHF of eight lines and check it by every rule, in a process that is warm."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date

from invoicing.documents.ehf import core_xml
from invoicing.documents.ehf_checks import check_document
from invoicing.documents.ehf_rules.engine import warm_up
from tests.invoicing.document_builders import eight_lines, sample_document

TODAY = date(2026, 11, 21)
BUILD_MS, BUILD_AND_CHECK_MS = 2.0, 10.0
WARM_UP_ROUNDS = 40
ROUNDS_IN_A_SAMPLE = 10


def run(*, quick: bool) -> list[dict[str, object]]:
    """The rows of this benchmark; the floor is the bar itself, for there is no plainer way to ask the rules."""
    document = sample_document(lines=eight_lines())
    warm_up(TODAY)
    if not check_document(document, today=TODAY).is_accepted:
        raise AssertionError("The document of the benchmark breaks a rule.")
    samples = 10 if quick else 60
    build = _cpu_ms(lambda: core_xml(document), samples)
    both = _cpu_ms(lambda: check_document(document, today=TODAY), samples)
    return [
        _row("ehf: build, 8 lines", build, BUILD_MS),
        _row("ehf: build and check, 8 lines, warm", both, BUILD_AND_CHECK_MS),
    ]


def _cpu_ms(work: Callable[[], object], samples: int) -> float:
    """The median CPU time of one round, in milliseconds; the first rounds, which are slower, do not count."""
    for _round in range(WARM_UP_ROUNDS):
        work()
    times = []
    for _sample in range(samples):
        start = time.process_time()
        for _round in range(ROUNDS_IN_A_SAMPLE):
            work()
        times.append((time.process_time() - start) / ROUNDS_IN_A_SAMPLE * 1000)
    return statistics.median(times)


def _row(name: str, ours: float, bar_ms: float) -> dict[str, object]:
    return {
        "name": name,
        "ours": round(ours, 3),
        "floor": bar_ms,
        "unit": "ms CPU",
        "ratio": round(ours / bar_ms, 3),
        "bar": 1.0,
        "ok": ours <= bar_ms,
    }
