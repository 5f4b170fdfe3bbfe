"""What an archive PDF costs beside WeasyPrint's plain rendering of the same page, and that it does not grow dearer.

The floor is the same markup and style sheet given to WeasyPrint as it is, its fonts and style sheet shared as ours are.
"""

from __future__ import annotations

import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from invoicing.documents import pdf
from invoicing.documents.ehf import core_xml
from invoicing.documents.facts import Document
from invoicing.documents.printed.page import page_of
from tests.invoicing.document_builders import eight_lines, sample_document, sample_lines

PLAIN_TIMES_MAX = 1.3
GROWTH_MB_MAX = 5.0
LINES_OF_A_LONG_DOCUMENT = 200
RENDERS_BEFORE_MEASURING = 12
ROOT = Path(__file__).resolve().parent.parent


def run(*, quick: bool) -> list[dict[str, object]]:
    """The rows of this benchmark: time for a short and a long document, memory over many, bytes in two processes."""
    pdf.warm_up()
    long = sample_document(lines=sample_lines(*[{}] * LINES_OF_A_LONG_DOCUMENT))
    return [
        _time_row("pdf: archive, 8 lines", sample_document(lines=eight_lines()), rounds=20 if quick else 80),
        _time_row(f"pdf: archive, {LINES_OF_A_LONG_DOCUMENT} lines", long, rounds=3 if quick else 8),
        _memory_row(renders=50 if quick else 500),
        _bytes_row(),
    ]


def _time_row(name: str, document: Document, *, rounds: int) -> dict[str, object]:
    xml = core_xml(document)
    page = page_of(document, lines_max=pdf.LINES_MAX)
    markup = pdf.markup_of(page, has_logo=False)
    renderer = pdf.shared_renderer()
    style = renderer.style_of(pdf.own_style(page))
    works: tuple[Callable[[], object], ...] = (
        lambda: pdf.render_pdf(document, core_xml=xml, logo=None),
        lambda: renderer.write_plain(markup, (style,)),
    )
    spent: tuple[list[float], list[float]] = ([], [])
    for _round in range(rounds):  # in turns, so that a change of the machine's pace hits both alike
        for work, times in zip(works, spent, strict=True):
            start = time.process_time()
            work()
            times.append((time.process_time() - start) * 1000)
    # The mean and not the median: every so many renderings one pays for the collection of all their garbage.
    ours, floor = statistics.mean(spent[0]), statistics.mean(spent[1])
    return _row(name, ours, floor, "ms CPU", PLAIN_TIMES_MAX)


def _memory_row(*, renders: int) -> dict[str, object]:
    documents = [sample_document(lines=eight_lines()), sample_document(language="en"), sample_document(language="sv")]
    start = 0.0
    for count in range(renders + RENDERS_BEFORE_MEASURING):
        if count == RENDERS_BEFORE_MEASURING:
            start = _resident_mb()
        pdf.render_pdf(documents[count % len(documents)], core_xml=b"<Invoice/>", logo=None)
    growth = max(_resident_mb() - start, 0.0)
    return _row(f"pdf: memory growth over {renders} documents", growth, GROWTH_MB_MAX, "MB", 1.0)


def _bytes_row() -> dict[str, object]:
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-m", "bench.pdf"]
    elsewhere = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    digests = {_digest(), _digest(), elsewhere.stdout.strip()}
    return _row("pdf: different files from one document", len(digests), 1, "files", 1.0)


def _digest() -> str:
    document = sample_document(lines=eight_lines())
    return hashlib.sha256(pdf.render_pdf(document, core_xml=core_xml(document), logo=None)).hexdigest()


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _row(name: str, ours: float, floor: float, unit: str, bar: float) -> dict[str, object]:
    ratio = ours / floor
    return {
        "name": name,
        "ours": round(ours, 2),
        "floor": round(floor, 2),
        "unit": unit,
        "ratio": round(ratio, 3),
        "bar": bar,
        "ok": ratio <= bar,
    }


if __name__ == "__main__":
    print(_digest())
