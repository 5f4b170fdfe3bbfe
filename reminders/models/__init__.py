"""How customers are reminded, what each morning's run decided, and what was sent."""

from reminders.models.collection import (
    CLOSED_STATES,
    CaseHanding,
    CaseLayout,
    CaseState,
    CollectionAgency,
    CollectionCase,
    CollectionClaim,
    CollectionFile,
    CollectionNews,
    CollectionStatusFile,
    LossEvidence,
)
from reminders.models.plans import (
    DayCountChoice,
    Debtor,
    PlanChoice,
    ReminderLevel,
    ReminderPlan,
    StepChoice,
)
from reminders.models.runs import DunningRun, Reminder, ReminderLetter, ReminderState
from reminders.models.settings import ReminderSettings

__all__ = [
    "CLOSED_STATES",
    "CaseHanding",
    "CaseLayout",
    "CaseState",
    "CollectionAgency",
    "CollectionCase",
    "CollectionClaim",
    "CollectionFile",
    "CollectionNews",
    "CollectionStatusFile",
    "DayCountChoice",
    "Debtor",
    "DunningRun",
    "LossEvidence",
    "PlanChoice",
    "Reminder",
    "ReminderLetter",
    "ReminderLevel",
    "ReminderPlan",
    "ReminderSettings",
    "ReminderState",
    "StepChoice",
]
