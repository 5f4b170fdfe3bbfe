"""What imports are called on the screens."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from config.importing.planning import Existing, Outcome

TITLES: dict[str, Any] = {"customers": _("Customers"), "products": _("Products")}
OUTCOMES: dict[Outcome, Any] = {
    Outcome.CREATE: _("New"),
    Outcome.CHANGE: _("Would be changed"),
    Outcome.SAME: _("The same already"),
    Outcome.SKIP: _("Left as they are"),
    Outcome.REFUSE: _("Refused"),
}
EXISTING: dict[Existing, Any] = {
    Existing.UPDATE: _("Change them to what the file says"),
    Existing.SKIP: _("Leave them as they are"),
    Existing.REFUSE: _("Refuse the row"),
}
