"""How each constraint on what stands with collection agencies is violated."""

from __future__ import annotations

from tests.architecture.violating import change, copy

COLLECTION_VIOLATIONS: dict[str, str] = {
    "agency_name_is_unique": copy("reminders_collectionagency"),
    "agency_layout_is_known": change("reminders_collectionagency", "layout = 'pdf'"),
    "agency_handing_is_known": change("reminders_collectionagency", "handing = 'pigeon'"),
    "case_number_is_unique": copy("reminders_collectioncase"),
    "case_state_is_known": change("reminders_collectioncase", "state = 'lost'"),
    "closed_case_has_its_moment": change("reminders_collectioncase", "state = 'settled'"),
    "claim_is_in_one_open_case": copy("reminders_collectionclaim"),
    "case_file_is_written_once": copy("reminders_collectionfile"),
    "case_news_comes_once": copy("reminders_collectionnews"),
    "case_news_state_is_known": copy("reminders_collectionnews", "'state', 'lost', 'fingerprint', 'another'"),
    "status_file_is_read_once": copy("reminders_collectionstatusfile"),
    "loss_is_proved_once": copy("reminders_lossevidence"),
}
