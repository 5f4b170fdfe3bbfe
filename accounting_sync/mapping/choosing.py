"""Which row of an accounting system's list somebody means by what was typed or chosen."""

from __future__ import annotations

from collections.abc import Sequence

from accounting_sync.mapping.entries import Target

TYPED_MAX = 100


def shown(target: Target) -> str:
    """A row of their list as people read and type it."""
    return f"{target.code} {target.label}".strip() or target.id


def target_named(text: str, targets: Sequence[Target]) -> Target | None:
    """By its id, as it is shown, or by its code; None where nothing or more than one is called so."""
    typed = " ".join(text.split())
    for is_meant in (
        lambda target: target.id == typed,
        lambda target: " ".join(shown(target).split()) == typed,
        lambda target: bool(target.code) and target.code == typed,
        lambda target: bool(target.code) and target.code == typed.partition(" ")[0],
        lambda target: bool(target.label) and target.label.casefold() == typed.casefold(),
    ):
        found = [target for target in targets if is_meant(target)]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def typed_target(text: str) -> Target:
    """What is typed where the accounting system tells no list: a code, and nothing is known of it."""
    code = " ".join(text.split())[:TYPED_MAX]
    return Target(code, code)
