"""Projects and their contracts, work and what of it is to be billed, and the drafts that are made of it."""

from billing_backlog.models.items import BacklogItem, ItemKind, WriteOff
from billing_backlog.models.limits import LimitDecision, LimitRequest
from billing_backlog.models.proformas import (
    MadeBy,
    Proforma,
    ProformaStep,
    ScheduleRun,
    ScheduleState,
    StepKind,
)
from billing_backlog.models.projects import (
    BillingMethod,
    Contract,
    ContractCustomer,
    ContractLine,
    Facility,
    Frequency,
    LineCustomer,
    Milestone,
    Project,
)
from billing_backlog.models.runs import BillingRun, RunAnswer, RunFacility, RunHold, RunRow, RunScope
from billing_backlog.models.settings import BacklogSettings, ReducedRest
from billing_backlog.models.work import Deputy, WorkEntry, WorkKind

__all__ = [
    "BacklogItem",
    "BacklogSettings",
    "BillingMethod",
    "BillingRun",
    "Contract",
    "ContractCustomer",
    "ContractLine",
    "Deputy",
    "Facility",
    "Frequency",
    "ItemKind",
    "LimitDecision",
    "LimitRequest",
    "LineCustomer",
    "MadeBy",
    "Milestone",
    "Proforma",
    "ProformaStep",
    "Project",
    "ReducedRest",
    "RunAnswer",
    "RunFacility",
    "RunHold",
    "RunRow",
    "RunScope",
    "ScheduleRun",
    "ScheduleState",
    "StepKind",
    "WorkEntry",
    "WorkKind",
    "WriteOff",
]
