"""The kinds of file that are taken, their limits, and why a file is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEGABYTE = 1024 * 1024
FILE_BYTES_MAX = 10 * MEGABYTE

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg", CSV: "csv", XLSX: "xlsx", ODS: "ods"}


class Refusal(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_COSTLY = "too_costly"
    UNKNOWN = "unknown"
    PROGRAM = "program"
    SVG = "svg"
    MARKUP = "markup"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    ACTIVE = "active"
    BOMB = "bomb"


class NotAttachable(Exception):
    """The file is not taken; the refusal says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class SafeFile:
    """A file written anew, with what it is."""

    content: bytes
    content_type: str

    @property
    def ending(self) -> str:
        """What its name ends with, without the dot."""
        return ENDINGS[self.content_type]
