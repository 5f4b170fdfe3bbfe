"""PDFs: read and written anew with their pages only; what acts, hides or carries other files is left behind."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from invoicing.attachable.kinds import PDF, NotAttachable, Refusal, SafeFile

START = b"%PDF-"
PAGES_MAX = 1_000
OBJECTS_MAX = 200_000
DEPTH_MAX = 60
# What the document's root keeps: pages, the structure that screen readers follow, layers, form fields as they look.
ROOT_KEEPS = frozenset(
    {
        "/Type", "/Pages", "/Version", "/Lang", "/MarkInfo", "/StructTreeRoot", "/OCProperties", "/PageLabels",
        "/PageMode", "/PageLayout", "/ViewerPreferences", "/Outlines", "/Dests", "/OutputIntents", "/AcroForm",
    }
)  # fmt: skip
TRAILER_KEEPS = frozenset({"/Root", "/Size", "/ID"})
# ISO 32000-1, 12.6.4: actions that run something, leave the document or hide what is shown.
ACTIONS_REFUSED = frozenset(
    {
        "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE", "/Hide", "/Thread",
        "/Sound", "/Movie", "/Rendition", "/Trans", "/GoTo3DView", "/SetOCGState", "/RichMediaExecute",
    }
)  # fmt: skip
KEYS_REFUSED = (
    "/AA", "/OpenAction", "/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/AF", "/XFA", "/RichMediaContent",
    "/RichMediaSettings", "/PieceInfo", "/Metadata", "/Collection",
)  # fmt: skip
ANNOTATIONS_REFUSED = frozenset({"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
LINKS_KEPT = ("http://", "https://", "mailto:")


def write_anew(content: bytes) -> SafeFile:
    """The PDF with its pages as they look, without scripts, launches, embedded files, metadata or bytes after it."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise NotAttachable(Refusal.ENCRYPTED)
            if not 0 < len(pdf.pages) <= PAGES_MAX:
                raise NotAttachable(Refusal.TOO_MANY_PAGES if len(pdf.pages) else Refusal.DAMAGED)
            if len(pdf.objects) > OBJECTS_MAX:
                raise NotAttachable(Refusal.TOO_COSTLY)
            _strip(pdf)
            written = io.BytesIO()
            pdf.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PasswordError as error:
        raise NotAttachable(Refusal.ENCRYPTED) from error
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise NotAttachable(Refusal.DAMAGED) from error
    return SafeFile(written.getvalue(), PDF)


def _strip(pdf: pikepdf.Pdf) -> None:
    for name in [key for key in pdf.Root.keys() if key not in ROOT_KEEPS]:  # noqa: SIM118 - not a dict of Python's
        del pdf.Root[name]
    for name in [key for key in pdf.trailer.keys() if key not in TRAILER_KEEPS]:  # noqa: SIM118
        del pdf.trailer[name]
    for page in pdf.pages:
        _strip_annotations(page.obj)
    for indirect in pdf.objects:
        for part in _parts(indirect, 0):
            _disarm(part)


def _strip_annotations(page: Any) -> None:
    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return
    kept = [each for each in annotations if _is_harmless(each)]
    if len(kept) != len(annotations):
        page["/Annots"] = pikepdf.Array(kept)


def _is_harmless(annotation: Any) -> bool:
    return isinstance(annotation, pikepdf.Dictionary) and str(annotation.get("/Subtype")) not in ANNOTATIONS_REFUSED


def _parts(value: Any, depth: int) -> Iterator[Any]:
    """The dictionaries and streams of one object; those that it only refers to have their own turn."""
    if depth > DEPTH_MAX:
        raise NotAttachable(Refusal.TOO_COSTLY)
    if isinstance(value, pikepdf.Array):
        children = list(value)
    elif isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        yield value
        children = [value[key] for key in value.keys()]  # noqa: SIM118 - not a dict of Python's
    else:
        return
    for child in children:
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            yield from _parts(child, depth + 1)


def _disarm(part: Any) -> None:
    for key in KEYS_REFUSED:
        if key in part:
            del part[key]
    if isinstance(part, pikepdf.Stream):
        for key in ("/F", "/FFilter", "/FDecodeParms"):  # a stream whose bytes lie in another file
            if key in part:
                del part[key]
        return
    if str(part.get("/FT")) == "/Sig" and "/V" in part:
        del part["/V"]  # what is written anew is not what was signed
    if _is_refused_action(part):
        for key in list(part.keys()):
            del part[key]


def _is_refused_action(part: Any) -> bool:
    if str(part.get("/Type")) == "/StructElem":
        return False
    action = str(part.get("/S"))
    if action == "/URI":
        return not str(part.get("/URI", "")).strip().lower().startswith(LINKS_KEPT)
    return action in ACTIONS_REFUSED
