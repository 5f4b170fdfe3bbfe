"""The fonts of printed documents: a fixed set, a private fontconfig file, and text that these fonts can show.

Layout must not depend on what else is installed, so the renderer sees only the files chosen here. A character that no
font has would make the file an invalid archive PDF, so such characters are replaced in the PDF (the XML keeps them).
"""

from __future__ import annotations

import bisect
import hashlib
import json
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont

# Debian's names; the first alone carries Latin, Greek, Cyrillic and Hebrew, the others the scripts it lacks.
BASE_PACKAGE = "fonts-liberation2"
PACKAGES = (BASE_PACKAGE, "fonts-dejavu-core", "fonts-noto-core", "fonts-wqy-microhei")
BASE_FAMILY = "Liberation Sans"
BASE_FILES = ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf")
# In order of preference: a file joins the set when it shows a character that no file before it shows.
PREFERENCE = (
    "LiberationSans-Regular.ttf",
    "NotoSans-Regular.ttf",
    "NotoSans*-Regular.ttf",
    "wqy-microhei.ttc",
    "DejaVuSans.ttf",
    "NotoSerif*-Regular.ttf",
    "NotoMusic-Regular.ttf",
)
FONT_FILES_MAX = 400
FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path(os.path.expanduser("~/.local/share/fonts")),
    Path(os.path.expanduser("~/.fonts")),
)
REPLACEMENT = 0xFFFD
SPACE = 0x20

# Shaping needs these two though they have no shape: Persian and the Indian scripts join and part letters by them.
JOINERS = frozenset({0x200C, 0x200D})
LINE_BREAKS = frozenset({0x2028, 0x2029, 0x0085})
VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))


class FontsMissing(RuntimeError):
    """The machine lacks the fonts or libraries without which no document can be printed."""


@dataclass(frozen=True, slots=True)
class FontSet:
    """The chosen fonts: where they lie, what they are (a hash of every byte), which characters they show."""

    folder: Path
    digest: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def shows(self, code_point: int) -> bool:
        """Whether some font of the set has a glyph for the character."""
        place = bisect.bisect_right(self.starts, code_point) - 1
        return place >= 0 and code_point <= self.ends[place]


@cache
def font_set() -> FontSet:
    """The fonts of this machine, gathered once under the data folder; FontsMissing without the base family."""
    files = _installed_files()
    missing = [name for name in BASE_FILES if name not in files]
    if missing:
        raise FontsMissing(f"Documents need {', '.join(missing)}: install the system package {BASE_PACKAGE}.")
    candidates = _candidates(files)
    digest = _digest(candidates)
    folder = _fonts_folder() / digest[:20]
    if not (folder / "coverage.json").is_file():
        _gather(candidates, folder)
    ranges = json.loads((folder / "coverage.json").read_text())
    return FontSet(folder, digest, tuple(first for first, _ in ranges), tuple(last for _, last in ranges))


@contextmanager
def private_fontconfig() -> Iterator[FontSet]:
    """Within this block fontconfig, when it is loaded, knows only our fonts; the environment is as before after it."""
    fonts = font_set()
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(fonts.folder / "fonts.conf")
    try:
        yield fonts
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


def printable(text: str) -> str:
    """The text in NFC without invisible or direction-turning characters, each unknown character replaced by a sign."""
    return unicodedata.normalize("NFC", text).translate(_characters())


def unprintable_characters(text: str) -> str:
    """The characters of the text that no font shows, each once, in the order in which they first appear."""
    table = _characters()
    normal = unicodedata.normalize("NFC", text)
    return "".join(dict.fromkeys(c for c in normal if table[ord(c)] == table.replacement and ord(c) != REPLACEMENT))


class PrintableCharacters(dict[int, str | None]):
    """What each character becomes in a PDF, worked out when it is first met."""

    def __init__(self, fonts: FontSet) -> None:
        super().__init__()
        self.fonts = fonts
        self.replacement = chr(REPLACEMENT) if fonts.shows(REPLACEMENT) else "?"

    def __missing__(self, code_point: int) -> str | None:
        self[code_point] = result = self._shown(code_point)
        return result

    def _shown(self, code_point: int) -> str | None:
        character = chr(code_point)
        category = unicodedata.category(character)
        if character in "\n\t" or code_point in JOINERS:
            return character
        if code_point in LINE_BREAKS:
            return "\n"
        # Controls, soft hyphens, byte order marks, and every sign that turns the direction of the text around it.
        if category in {"Cc", "Cf"} or any(code_point in selectors for selectors in VARIATION_SELECTORS):
            return None
        if category not in {"Cs", "Co", "Cn"}:
            if self.fonts.shows(code_point):
                return character
            if category == "Zs":
                return " "
            plain = unicodedata.normalize("NFKC", character)
            if plain != character and all(self.fonts.shows(ord(part)) for part in plain):
                return plain
        return self.replacement


@cache
def _characters() -> PrintableCharacters:
    return PrintableCharacters(font_set())


def _installed_files() -> dict[str, Path]:
    files: dict[str, Path] = {}
    for root in FONT_FOLDERS:
        for path in sorted(root.rglob("*.tt[fc]")):
            files.setdefault(path.name, path)
    return files


def _candidates(files: dict[str, Path]) -> list[Path]:
    """Every file that may join the set, in order of preference, each regular face before its bold."""
    chosen: dict[str, Path] = {}
    for pattern in PREFERENCE:
        for name in sorted(name for name in files if Path(name).match(pattern)):
            chosen.setdefault(name, files[name])
            bold = _bold_of(name)
            if bold in files:
                chosen.setdefault(bold, files[bold])
    return list(chosen.values())[:FONT_FILES_MAX]


def _bold_of(name: str) -> str:
    return name.replace("-Regular.", "-Bold.") if "-Regular." in name else name.replace(".ttf", "-Bold.ttf")


def _digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256(Path(__file__).read_bytes())  # how the set is chosen is part of what it is
    for path in files:
        total.update(f"{path.name}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _fonts_folder() -> Path:
    folder = Path(settings.DATA_DIR) / "fonts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    # A worker may run on a read-only file system with nothing but a folder for temporary files.
    return Path(tempfile.mkdtemp(prefix="bilag-fonts-"))


def _gather(candidates: list[Path], folder: Path) -> None:
    """Lay the chosen files, their fontconfig file and their coverage into the folder, all at once or not at all."""
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        (work / "files").mkdir()
        covered: set[int] = set()
        families: list[str] = []
        regular_joined = False
        for path in candidates:
            font = _first_face(path)
            characters = set(font.getBestCmap() or {})
            is_bold = "-Bold." in path.name
            regular_joined = regular_joined if is_bold else not characters <= covered
            # Spaces between words keep the font of the words: a font without one would print a broken glyph there.
            if not regular_joined or SPACE not in characters:
                continue
            _place(path, font, work / "files")
            covered |= set() if is_bold else characters
            families.append(str(font["name"].getDebugName(1)))
        (work / "fonts.conf").write_text(_fontconfig(folder, list(dict.fromkeys(families))))
        (work / "coverage.json").write_text(json.dumps(list(_ranges(sorted(covered)))))
        work.chmod(0o755)
        os.replace(work, folder)
    except OSError:
        if not (folder / "coverage.json").is_file():  # else another process was first, with the same files
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _first_face(path: Path) -> TTFont:
    if path.suffix == ".ttc":
        face = TTCollection(path, lazy=True).fonts[0]
        face.recalcTimestamp = False
        return face
    return TTFont(path, lazy=True)


def _place(path: Path, font: TTFont, folder: Path) -> None:
    if path.suffix == ".ttc":
        # One plain file instead of a collection: the subsetter and the archive rules know what to do with it.
        font.save(folder / f"{path.stem}.ttf")
    else:
        (folder / path.name).symlink_to(path)


def _ranges(code_points: list[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for code_point in code_points:
        if last is not None and code_point == last + 1:
            last = code_point
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = code_point
    if first is not None and last is not None:
        yield first, last


def _fontconfig(folder: Path, families: list[str]) -> str:
    """Only our folder, and our order for every family that is asked for: no script falls to a font by chance."""
    names = "".join(f"<string>{escape(family)}</string>" for family in families)
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f"<dir>{escape(str(folder / 'files'))}</dir>\n<cachedir>{escape(str(folder / 'cache'))}</cachedir>\n"
        f'<match target="pattern"><edit name="family" mode="append_last" binding="strong">{names}</edit></match>\n'
        "</fontconfig>\n"
    )
