"""The verbs of the audit trail about reminders, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

VERBS: dict[str, Any] = {
    "reminder_plan.created": gettext_lazy("made the reminder plan"),
    "reminder_plan.changed": gettext_lazy("changed the reminder plan"),
    "reminder_plan.made_default": gettext_lazy("chose for everybody the reminder plan"),
    "reminder_plan.archived": gettext_lazy("took out of use the reminder plan"),
    "reminder_plan.worded": gettext_lazy("wrote words of a step of the reminder plan"),
    "reminder_settings.changed": gettext_lazy("changed the settings of reminders"),
    "reminder.chosen": gettext_lazy("chose how to remind of"),
    "collection.handed_over": gettext_lazy("handed over to collection as case"),
    "collection.taken_back": gettext_lazy("took back from collection the case"),
    "collection.settled": gettext_lazy("closed as settled the collection case"),
    "collection.status_noted": gettext_lazy("noted the agency’s status of the collection case"),
    "collection.status_uploaded": gettext_lazy("chose the agency’s status file"),
    "collection.status_taken": gettext_lazy("took in the agency’s status file"),
    "collection.agency_told": gettext_lazy("told the agency of payments in the collection case"),
    "collection.transfer_started": gettext_lazy("began to bring to the agency the case"),
    "collection.transferred": gettext_lazy("brought to the agency the case"),
    "collection.transfer_failed": gettext_lazy("could not bring to the agency the case"),
    "collection_agency.created": gettext_lazy("registered the collection agency"),
    "collection_agency.changed": gettext_lazy("changed the collection agency"),
    "receivable.loss_proved": gettext_lazy("kept the evidence of the loss on"),
    "reminders.decided": gettext_lazy("decided on the reminders of the day"),
    "reminders.paused": gettext_lazy("put all reminders on hold"),
    "reminders.resumed": gettext_lazy("let reminders go on"),
    "reminders.round_started": gettext_lazy("began the reminders again for"),
    "reminder.sent": gettext_lazy("sent a reminder of"),
    "reminder.removed": gettext_lazy("took a reminder out of"),
    "reminder.put_back": gettext_lazy("put a reminder back for"),
    "reminder.approved": gettext_lazy("approved a reminder of"),
    "reminder.withdrawn": gettext_lazy("withdrew a reminder of"),
    "reminder.planned_again": gettext_lazy("asked for a reminder to be sent once more of"),
}
