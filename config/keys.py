"""Every key that does something, by where it works: the page of keys prints this list, and a test holds it complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.navigation import GROUPS as PLACES
from config.navigation import OTHER_PLACES

SIGNS = {
    "mod": "Ctrl",
    "arrowup": "↑",
    "arrowdown": "↓",
    "arrowleft": "←",
    "arrowright": "→",
    "enter": "Enter",
    "escape": "Esc",
    "alt": "Alt",
    "shift": "Shift",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be done by keyboard, and the keys that do it; each as a page says it in data-key."""

    codes: tuple[str, ...]
    meaning: Any

    @property
    def signs(self) -> list[str]:
        """The keys as they are printed."""
        return [spoken(code) for code in self.codes]


def spoken(code: str) -> str:
    """What stands on the keys: "mod+enter" is Ctrl Enter, "g i" is G I."""
    parts = code.replace("+", " ").split(" ")
    return " ".join(SIGNS.get(part, part.upper()) for part in parts)


def _key(codes: str, meaning: Any) -> Key:
    return Key(tuple(codes.split(", ")), meaning)


EVERYWHERE = (
    _key("mod+k", _("Search or jump to")),
    _key("?", _("Keys and display")),
    _key("/", _("Search in the list")),
    _key("n", _("New: an invoice, or what the list holds")),
    _key("mod+enter", _("The page’s main button")),
    _key("escape", _("Close, or clear the selection")),
)
IN_LISTS = (
    _key("j, k", _("Next and previous row")),
    _key("x", _("Select the row")),
    _key("shift+x", _("Select all rows to here")),
    _key("enter", _("Open")),
)
ON_DOCUMENTS = (
    _key("j, k", _("Previous and next number")),
    _key("d", _("Download PDF")),
    _key("c", _("Correct…")),
    _key("e", _("Edit, or write an e-mail with a finalized document")),
    _key("p", _("Register payment")),
)
IN_DRAFTS = (
    _key("l", _("New line")),
    _key("enter", _("Next line")),
    _key("alt+arrowup, alt+arrowdown", _("Move the line up or down")),
    _key("mod+s", _("Save now")),
)
IN_WORK = (
    _key("r", _("Ready for billing")),
    _key("alt+arrowleft", _("The week before")),
    _key("alt+arrowright", _("The week after")),
    _key("alt+enter", _("Hand in the week")),
)
ON_BANK_LINES = (
    _key("b", _("Import bank file")),
    _key("mod+enter", _("Use on what is ticked")),
    _key("c", _("Keep as credit of the customer")),
    _key("s", _("Skip")),
    _key("o", _("Find another invoice or customer")),
)
IN_THE_PALETTE = (
    _key("arrowdown, arrowup", _("Next and previous result")),
    _key("enter", _("Open the first result, or the chosen one")),
    _key("escape", _("Close")),
)


def keys_by_place() -> list[tuple[Any, list[Key]]]:
    """Where keys work, and the keys that work there."""
    places = [place for _label, group, _foot in PLACES for place in group]
    pages = [Key((place.key,), place.label) for place in [*places, *OTHER_PLACES] if place.key.startswith("g ")]
    return [
        (_("Everywhere"), list(EVERYWHERE)),
        (_("Go to"), pages),
        (_("Lists"), list(IN_LISTS)),
        (_("Documents and customers"), list(ON_DOCUMENTS)),
        (_("Drafts"), list(IN_DRAFTS)),
        (_("Billing backlog"), list(IN_WORK)),
        (_("Bank lines"), list(ON_BANK_LINES)),
        (_("Search or jump to"), list(IN_THE_PALETTE)),
    ]
