"""The rules that are taken away: where each acts, what stands there without it, and the test that must fail then."""

from __future__ import annotations

from dataclasses import dataclass

BACKLOG = "tests/billing_backlog/"


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger or a constraint of a table."""

    kind: str  # TRIGGER or CONSTRAINT
    name: str
    table: str

    @property
    def drop(self) -> str:
        """What takes it away."""
        if self.kind == "TRIGGER":
            return f"DROP TRIGGER {self.name} ON {self.table}"
        return f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}"


@dataclass(frozen=True, slots=True)
class CodeRule:
    """A rule that acts in the source: the piece of code, found once in its file, and what takes its place.

    Where the database refuses it too, that guard is dropped with it: the second lock hides that the first is gone.
    """

    id: str
    test: str  # file::function
    file: str
    acts: str
    without: str
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class DatabaseRule:
    """A rule that the database keeps by itself."""

    id: str
    test: str
    guard: Guard


Rule = CodeRule | DatabaseRule
RULES: tuple[Rule, ...] = (
    CodeRule(
        "M-023",
        BACKLOG + "test_keep_contracts.py::test_m_023_what_is_worked_keeps_its_way_of_billing",
        "billing_backlog/actions/agreeing.py",
        'if wanted.values["billing_method"] != line.billing_method:',
        'if not wanted.values["billing_method"]:',
    ),
    DatabaseRule(
        "M-024",
        BACKLOG + "test_approve_work.py::test_m_024_the_database_refuses_unapproved_items_and_changes_of_approved_work",
        Guard("TRIGGER", "only_approved_work_is_billed", "billing_backlog_backlogitem"),
    ),
    CodeRule(
        "M-028",
        BACKLOG + "test_bill_work.py::test_m_028_what_is_not_ready_reaches_no_draft_and_a_second_draft_gets_nothing",
        "billing_backlog/actions/proformas.py",
        "if not item.is_ready:",
        "if item.is_cancelled:",
    ),
    CodeRule(
        "M-031",
        BACKLOG + "test_bill_work.py::test_m_031_a_draft_waits_for_its_confirmation",
        "invoicing/actions/conditions.py",
        "if invoice.waits_for == WaitsFor.CONFIRMATION:",
        "if invoice.waits_for is None:",
        Guard("CONSTRAINT", "only_drafts_wait", "invoicing_invoice"),
    ),
    CodeRule(
        "M-035",
        BACKLOG
        + "test_bill_by_schedule.py::"
        + "test_m_005_m_030_m_035_m_036_m_038_a_run_date_is_billed_once_through_the_day_before",
        "billing_backlog/billing_methods.py",
        "return run_date - timedelta(days=1)",
        "return run_date",
    ),
    CodeRule(
        "M-037",
        BACKLOG + "test_bill_work.py::test_m_037_each_customer_bears_a_share_and_the_shares_make_up_the_whole",
        "billing_backlog/billing_methods.py",
        "quantities = split_amount(work.quantity, list(shares), decimals=QUANTITY_DECIMALS)",
        "quantities = [work.quantity for _share in shares]",
    ),
    DatabaseRule(
        "M-038",
        BACKLOG + "test_bill_once_at_once.py::test_m_038_whoever_comes_together_bills_the_same_work_once",
        Guard("CONSTRAINT", "one_run_per_contract_and_day", "billing_backlog_schedulerun"),
    ),
    CodeRule(
        "M-039",
        BACKLOG + "test_walk_the_hours.py::"
        "test_m_030_m_035_m_039_m_066_asked_every_hour_each_thing_is_done_once_on_its_own_local_day",
        "billing_backlog/actions/schedules.py",
        "about = Q(line_id__in=[line.pk for line in lines], settled_at=None)",
        "about = Q(line_id__in=[line.pk for line in lines], settled_at=None) | Q(contract_id=run.contract_id)",
    ),
    DatabaseRule(
        "M-040",
        BACKLOG + "test_bill_work.py::test_m_040_the_database_refuses_to_bill_work_twice_and_to_change_what_is_billed",
        Guard("TRIGGER", "work_is_billed_once", "invoicing_invoiceline"),
    ),
    CodeRule(
        "M-042",
        BACKLOG + "test_bill_work.py::test_m_042_what_exceeds_a_limit_cannot_be_made_ready",
        "billing_backlog/billing_methods.py",
        "if amount > limit.left]",
        "if amount > limit.amount]",
    ),
    CodeRule(
        "M-044",
        BACKLOG
        + "test_bill_as_agreed.py::"
        + "test_m_044_m_045_the_kind_of_work_decides_what_is_changed_and_what_is_free_is_not_summed",
        "invoicing/actions/draft_lines.py",
        "if name in content and content[name] != getattr(line, name):",
        "if name not in LINE_FIELDS:",
    ),
    CodeRule(
        "M-045",
        "tests/invoicing/test_calculation.py::test_m_045_a_line_that_is_not_charged_is_shown_and_not_summed",
        "invoicing/calculation.py",
        "        if given.charge_kind == CHARGEABLE:\n            group.indexes",
        "        if given.charge_kind:\n            group.indexes",
    ),
    CodeRule(
        "M-051",
        BACKLOG + "test_confirm_proforma.py::test_m_051_c6_what_is_taken_off_a_line_becomes_what_is_decided_of_it",
        "billing_backlog/actions/confirming.py",
        "decided = decisions.rests.get(line.pk) or usual",
        "decided = ReducedRest.NEXT",
    ),
    CodeRule(
        "M-054",
        BACKLOG + "test_keep_contracts.py::test_m_054_progress_is_billed_part_by_part_and_never_beyond_the_amount",
        "billing_backlog/billing_methods.py",
        "if billed + part > agreed:",
        "if part > agreed:",
    ),
    CodeRule(
        "M-055",
        BACKLOG + "test_keep_contracts.py::test_m_055_a_plan_that_does_not_add_up_stays_visible_until_it_is_mended",
        "billing_backlog/billing_methods.py",
        "return agreed - sum(milestones, ZERO)",
        "return agreed - agreed",
    ),
    CodeRule(
        "M-063",
        "tests/invoicing/test_update_draft.py::"
        "test_m_063_the_due_date_follows_the_terms_and_a_typed_one_holds_until_the_date_changes",
        "invoicing/forms/drafts.py",
        'if stored is not None and is_left_over and header["issue_date"] != stored.issue_date:',
        "if stored is not None and is_left_over and due is None:",
    ),
    CodeRule(
        "M-065",
        BACKLOG + "test_bill_as_agreed.py::test_m_065_vat_is_that_of_the_first_that_says_something",
        "billing_backlog/intake/composing.py",
        "for bearer in bearers if bearer)",
        "for bearer in reversed(bearers) if bearer)",
    ),
    CodeRule(
        "M-124",
        BACKLOG + "test_bill_by_itself.py::"
        "test_m_123_m_124_each_decision_of_a_customer_wins_by_itself_over_the_companys",
        "billing_backlog/automation.py",
        "sends=company.sends if own.sends is None else own.sends,",
        "sends=company.sends,",
    ),
    CodeRule(
        "M-129",
        BACKLOG + "test_bill_the_night_before.py::"
        "test_m_129_the_hours_of_a_year_bill_each_day_beforehand_and_none_too_early",
        "billing_backlog/automation.py",
        "return [*days, local.date() + timedelta(days=1)] if local.hour >= EVENING else days",
        "return [*days, local.date() + timedelta(days=1)]",
    ),
    CodeRule(
        "M-139",
        BACKLOG + "test_run_billing.py::test_m_139_a_row_without_a_customer_number_is_found_before_anything_is_made",
        "billing_backlog/queries/runs.py",
        '("no_identifier", no_number),',
        '("no_identifier", not no_number and no_number),',
    ),
    CodeRule(
        "M-141",
        BACKLOG
        + "test_run_billing.py::test_m_141_m_146_m_157_a_facility_is_finished_only_with_the_control_total_of_its_list",
        "billing_backlog/actions/runs.py",
        "if found != control:",
        "if found.count != control.count:",
    ),
    CodeRule(
        "M-142",
        BACKLOG + "test_run_billing.py::test_m_142_a_customer_gets_one_draft_that_specifies_each_rental",
        "billing_backlog/actions/proformas.py",
        "per_customer=making.per_customer or making.run_id is not None",
        "per_customer=making.per_customer",
    ),
    CodeRule(
        "M-143",
        BACKLOG + "test_run_billing.py::test_m_143_the_run_is_approved_by_its_name_and_by_a_second_person",
        "billing_backlog/actions/runs.py",
        "if typed_name.strip() != run.name:",
        "if not typed_name.strip():",
    ),
    CodeRule(
        "M-146",
        BACKLOG
        + "test_run_billing.py::test_m_141_m_146_m_157_a_facility_is_finished_only_with_the_control_total_of_its_list",
        "billing_backlog/actions/runs.py",
        "if place.finished_at is None]",
        "if place.taken_at is None]",
    ),
    CodeRule(
        "M-155",
        BACKLOG + "test_bill_work.py::test_m_155_another_price_needs_a_reason",
        "billing_backlog/intake/composing.py",
        "if rule is not None and price != rule and not new.price_reason.strip():",
        "if rule is not None and price < 0:",
        Guard("CONSTRAINT", "another_price_has_a_reason", "billing_backlog_backlogitem"),
    ),
    CodeRule(
        "M-157",
        BACKLOG
        + "test_run_billing.py::test_m_141_m_146_m_157_a_facility_is_finished_only_with_the_control_total_of_its_list",
        "billing_backlog/actions/runs.py",
        "if place.taken_by_id != actor.id:",
        "if place.taken_by_id is None:",
    ),
)
