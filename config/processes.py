"""How a long-lived process begins: what every request needs is loaded, and the collector leaves it alone."""

from __future__ import annotations

import gc

# A page or batch makes some ten thousand objects that all die with it; looking through them each few hundred is waste,
# and would hold a number series while it lasts.
COLLECT_AFTER = 50_000
OLDER_AFTER = 20


def settle() -> None:
    """Called when every app is loaded: the code's own objects are never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, OLDER_AFTER, OLDER_AFTER)
