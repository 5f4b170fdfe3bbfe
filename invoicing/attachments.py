"""Files that go with a document: what is taken, under which name, how many, and what an EHF can carry of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.errors import DomainError
from invoicing.attachable.kinds import ENDINGS, FILE_BYTES_MAX, MEGABYTE, NotAttachable, Refusal
from invoicing.attachable.sandbox import make_safe_apart
from invoicing.documents.facts import AttachedFile
from invoicing.models import Attachment

FILES_MAX = 20  # for one document
TOTAL_BYTES_MAX = 25 * MEGABYTE
NAME_LENGTH_MAX = 100
NAMELESS = "file"
NOT_IN_NAMES = re.compile(r"[^\w .,()&+\-]")
ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")

SENTENCES: dict[Refusal, str | Promise] = {
    Refusal.EMPTY: gettext_lazy("%(name)s is empty."),
    Refusal.TOO_LARGE: gettext_lazy("%(name)s is larger than 10 MB. Save it smaller, or split it in two."),
    Refusal.TOO_COSTLY: gettext_lazy(
        "%(name)s is too complicated to be checked. Print it to a new PDF and attach that."
    ),
    Refusal.UNKNOWN: gettext_lazy(
        "%(name)s is not a kind of file that an invoice can carry. Attach a PDF, a picture (PNG, JPEG, WebP), a "
        "spreadsheet (XLSX, ODS) or a CSV file."
    ),
    Refusal.PROGRAM: gettext_lazy("%(name)s is a program, whatever its name says. Programs are not sent."),
    Refusal.SVG: gettext_lazy("%(name)s is an SVG drawing, which can carry scripts. Save it as PNG or PDF."),
    Refusal.MARKUP: gettext_lazy("%(name)s is HTML or XML, which an EHF cannot carry. Print it to a PDF."),
    Refusal.DAMAGED: gettext_lazy("%(name)s is damaged and cannot be read. Save it anew and attach that."),
    Refusal.ENCRYPTED: gettext_lazy("%(name)s is protected by a password. Save it without one."),
    Refusal.TOO_MANY_PIXELS: gettext_lazy("%(name)s has more than 40 million pixels. Save it smaller."),
    Refusal.TOO_MANY_PAGES: gettext_lazy("%(name)s has more than 1,000 pages. Split it in two."),
    Refusal.ACTIVE: gettext_lazy(
        "%(name)s holds macros, embedded objects or links to other files. Save it without them, or as PDF."
    ),
    Refusal.BOMB: gettext_lazy("%(name)s unpacks to far more than it seems. It is not taken."),
}


class AttachmentRefused(DomainError):
    """The file may not go with a document."""


class TooManyAttachments(DomainError):
    """A document carries a limited number and size of files."""


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file written anew, under a name that can be shown and saved."""

    name: str
    content: bytes
    content_type: str


def read_attachment(name: str, content: bytes) -> ReadyFile:
    """The upload written anew as what its bytes say it is; its name only says what to call it."""
    shown = clean_name(name)
    try:
        made = make_safe_apart(content)
    except NotAttachable as error:
        raise AttachmentRefused(str(SENTENCES[error.refusal]) % {"name": shown}, field="files") from error
    return ReadyFile(f"{ENDING.sub('', shown)}.{made.ending}", made.content, made.content_type)


def made_file(name: str, content: bytes, content_type: str) -> ReadyFile:
    """A file that our own code has made, such as a time sheet; it is of a kind and a size that a document carries."""
    if content_type not in ENDINGS:
        raise ValueError(f"No document carries {content_type}.")
    shown = clean_name(name)
    if not content or len(content) > FILE_BYTES_MAX:
        refusal = Refusal.TOO_LARGE if content else Refusal.EMPTY
        raise AttachmentRefused(str(SENTENCES[refusal]) % {"name": shown}, field="files")
    return ReadyFile(f"{ENDING.sub('', shown)}.{ENDINGS[content_type]}", content, content_type)


def clean_name(name: str) -> str:
    """The last part of the name in characters that every file system, mail and header takes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = " ".join(NOT_IN_NAMES.sub(" ", last).split()).replace(" .", ".").strip(". ")
    ending = match[0] if (match := ENDING.search(shown)) else ""
    return (shown.removesuffix(ending)[: NAME_LENGTH_MAX - len(ending)].strip(". ") or NAMELESS) + ending


def name_beside(name: str, taken: Collection[str]) -> str:
    """The name, numbered when the document has a file of that name already."""
    if name.casefold() not in taken:
        return name
    stem, _dot, ending = name.rpartition(".")
    return next(
        numbered
        for number in range(2, FILES_MAX + 2)
        if (numbered := f"{stem} ({number}).{ending}").casefold() not in taken
    )


def refuse_too_many(sizes: Collection[int]) -> None:
    """Refuse more files, or more bytes, than one document carries."""
    if len(sizes) > FILES_MAX:
        raise TooManyAttachments(
            _("A document carries at most %(most)s files. Join some of them in one PDF.") % {"most": FILES_MAX},
            field="files",
        )
    if sum(sizes) > TOTAL_BYTES_MAX:
        raise TooManyAttachments(
            _("The files of a document are at most %(most)s MB together. Save some of them smaller.")
            % {"most": TOTAL_BYTES_MAX // MEGABYTE},
            field="files",
        )


def attached_files(attachments: Iterable[Attachment]) -> tuple[AttachedFile, ...]:
    """What the body of a document says of its files."""
    return tuple(
        AttachedFile(name=row.name, content_type=row.content_type, sha256=row.sha256, size_bytes=row.size_bytes)
        for row in attachments
    )
