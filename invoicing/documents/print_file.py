"""What is printed for envelopes: many documents as one file, and a sheet that shows where the window is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.template.loader import render_to_string

from invoicing.documents.pdf import exclusive_renderer

if TYPE_CHECKING:
    import pikepdf

POINTS_PER_MM = 72 / 25.4
# Where the printed document has its address, from the upper left corner of the sheet.
ADDRESS_LEFT_MM, ADDRESS_TOP_MM = 20, 46
WINDOW_WIDTH_MM, WINDOW_HEIGHT_MM = 88, 23


@dataclass(frozen=True, slots=True)
class Window:
    """Where the window of an organization's envelopes begins, from the upper left corner of the sheet."""

    left_mm: int = ADDRESS_LEFT_MM
    top_mm: int = ADDRESS_TOP_MM

    @property
    def shift(self) -> tuple[float, float]:
        """How far to the right and up, in points, a page moves for its address to stand in the window."""
        right, down = self.left_mm - ADDRESS_LEFT_MM, self.top_mm - ADDRESS_TOP_MM
        return right * POINTS_PER_MM, -down * POINTS_PER_MM


def merge_letters(
    sources: Sequence[Callable[[], BinaryIO]], target: Path, window: Window, *, tell: Callable[[int], bool]
) -> int | None:
    """Write the documents behind each other, each on a sheet of its own also when both sides are printed.

    Returns the number of sheets; None where `tell`, which is given the count after each document, says to stop.
    """
    import pikepdf

    with ExitStack() as stack:
        merged = stack.enter_context(pikepdf.new())
        for count, source in enumerate(sources, start=1):
            opened = stack.enter_context(pikepdf.open(stack.enter_context(source())))
            merged.pages.extend(opened.pages)
            for page in merged.pages[-len(opened.pages) :]:
                _move(page, window)
            if len(opened.pages) % 2:
                _left, _bottom, width, height = merged.pages[-1].mediabox.as_list()
                merged.add_blank_page(page_size=(Decimal(str(width)), Decimal(str(height))))
            if not tell(count):
                return None
        merged.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return len(merged.pages) // 2


def _move(page: pikepdf.Page, window: Window) -> None:
    right, up = window.shift
    if right or up:
        page.contents_add(f"q 1 0 0 1 {right:.3f} {up:.3f} cm\n".encode(), prepend=True)
        page.contents_add(b"\nQ")


def render_test_sheet(lines: Sequence[str], window: Window, language: str) -> bytes:
    """One sheet with an address and the frame of the window around it, to be folded and put into an envelope."""
    context: dict[str, Any] = {
        "lines": lines,
        "window": window,
        "language": language,
        "width": WINDOW_WIDTH_MM,
        "height": WINDOW_HEIGHT_MM,
    }
    markup = render_to_string("invoicing/pdf/test_sheet.html", context)
    style = (
        "@page { margin: 0 } @page :first { margin: 0 } body { margin: 0 }"
        f" .at {{ position: absolute; left: {window.left_mm}mm; top: {window.top_mm}mm;"
        f" width: {WINDOW_WIDTH_MM}mm; height: {WINDOW_HEIGHT_MM}mm; outline: .3mm dashed #14181b }}"
        " .says { position: absolute; left: 20mm; top: 120mm; width: 150mm; font-size: 11pt }"
    )
    with exclusive_renderer() as renderer:
        return renderer.write_plain(markup, (renderer.style_of(style),))
