"""Organizations, people and what they may do, the audit trail, the outbox, jobs and what records said earlier."""

from tenants.models.api import (
    ApiCall,
    ApiToken,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookState,
)
from tenants.models.environment import Environment
from tenants.models.jobs import Job, JobItem, JobState, Notice
from tenants.models.organizations import BankAccount, Country, KidAlgorithm, LawFigure, Organization, WhoMay
from tenants.models.people import Invitation, Membership, Role, User, UserManager
from tenants.models.records import AuditEntry, AuditErasure, AuditSeal, OutboxRow, OutboxState
from tenants.models.versions import BankAccountChange, RecordVersion, Routine, RoutineStep

__all__ = [
    "ApiCall",
    "ApiToken",
    "AuditEntry",
    "AuditErasure",
    "AuditSeal",
    "BankAccount",
    "BankAccountChange",
    "Country",
    "Environment",
    "Invitation",
    "Job",
    "JobItem",
    "JobState",
    "KidAlgorithm",
    "LawFigure",
    "Membership",
    "Notice",
    "Organization",
    "OutboxRow",
    "OutboxState",
    "RecordVersion",
    "Role",
    "Routine",
    "RoutineStep",
    "User",
    "UserManager",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookState",
    "WhoMay",
]
