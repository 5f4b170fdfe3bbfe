"""The verbs of the audit trail about accounting systems, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

VERBS: dict[str, Any] = {
    "connection.created": gettext_lazy("began to set up the connection"),
    "connection.entering": gettext_lazy("went to the accounting system’s page for"),
    "connection.allowed": gettext_lazy("let us in for"),
    "connection.refused": gettext_lazy("did not let us in for"),
    "connection.connected": gettext_lazy("connected"),
    "connection.access_ended": gettext_lazy("was not let in any more by"),
    "connection.keys_changed": gettext_lazy("entered other keys for"),
    "connection.options_changed": gettext_lazy("chose what vouchers go to for"),
    "connection.refreshed": gettext_lazy("had the lists read again for"),
    "connection.tested": gettext_lazy("tried the connection"),
    "connection.activated": gettext_lazy("activated the connection"),
    "connection.changed": gettext_lazy("changed the connection"),
    "connection.paused": gettext_lazy("paused the connection"),
    "connection.resumed": gettext_lazy("let the connection go on"),
    "connection.closed": gettext_lazy("ended the connection"),
    "mapping.changed": gettext_lazy("changed the mapping of"),
    "mapping.suggested": gettext_lazy("suggested mappings for"),
    "connection.pushed": gettext_lazy("asked for a push to"),
    "customer_link.made": gettext_lazy("made in the accounting system the customer"),
    "customer_link.found": gettext_lazy("found in the accounting system the customer"),
    "customer_link.chosen": gettext_lazy("said whom the accounting system means by"),
    "customer_link.missing": gettext_lazy("found no longer in the accounting system the customer"),
    "customer_link.told_again": gettext_lazy("had sent again to the accounting system the change of"),
    "customer_change.taken": gettext_lazy("took over from the accounting system what it knows of"),
    "customer_change.ignored": gettext_lazy("kept, against the accounting system, what is known here of"),
    "customer_link.forgotten": gettext_lazy("dropped the link to the accounting system of"),
    "sync_item.tried_again": gettext_lazy("had tried again the push of"),
    "sync_item.looked_again": gettext_lazy("had read again in the accounting system"),
    "sync_item.accepted": gettext_lazy("let stand the difference of"),
    "sync_item.left_out": gettext_lazy("left out of the accounting system"),
    "sync_item.taken_in": gettext_lazy("took in for the accounting system"),
    "sync_item.pushed_anew": gettext_lazy("had pushed once more"),
    "sync_item.moved": gettext_lazy("had booked in an open period"),
    "sync_item.said_there": gettext_lazy("said that there stands in the accounting system"),
    "payment_proposal.taken": gettext_lazy("registered what was found in the accounting system:"),
    "payment_proposal.known": gettext_lazy("said that this payment found in the accounting system was known:"),
    "payment_proposal.ignored": gettext_lazy("ignored the payment found in the accounting system:"),
    "sync_item.said_not_there": gettext_lazy("said that there is not in the accounting system"),
    "reconciliation.report_asked": gettext_lazy("asked for the report of the reconciliation of"),
    "reconciliation.reported": gettext_lazy("made the report of the reconciliation of"),
    "connection.compared": gettext_lazy("had months compared with the accounting system for"),
    "stray_document.accepted": gettext_lazy("let stand in the accounting system the second one of"),
}
