"""The doors of reminders."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from reminders.views import (
    by_hand,
    choices,
    collection,
    collection_agencies,
    collection_losses,
    desk,
    effect,
    interest,
    law,
    panels,
    plans,
    settings,
    steps,
)

app_name = "reminders"

urlpatterns: list[URLPattern | URLResolver] = []

CLAIM = "claims/<uuid:receivable_id>/"

# What comes, what is kept back and what was sent; single steps, and the pause.
urlpatterns += [
    path("", desk.list_upcoming, name="list_upcoming"),
    path("progress/", desk.panel_progress, name="panel_progress"),
    path("held/", desk.list_held, name="list_held"),
    path("sent/", desk.list_sent, name="list_sent"),
    path("sent/<uuid:letter_id>/", desk.show_letter, name="show_letter"),
    path("sent/<uuid:letter_id>/again/", desk.send_letter_again, name="send_letter_again"),
    path("send/", by_hand.send_now, name="send_now"),
    path("send/invoices/", by_hand.send_for_invoices, name="send_for_invoices"),
    path("approve/", steps.approve_steps, name="approve_steps"),
    path("skip/", steps.skip_steps, name="skip_steps"),
    path("hold/", steps.hold_claims, name="hold_claims"),
    path("pause/", steps.pause_reminders, name="pause_reminders"),
    path("resume/", steps.resume_reminders, name="resume_reminders"),
    path(CLAIM + "steps/<int:position>/remove/", steps.remove_step, name="remove_step"),
    path("removed/<uuid:reminder_id>/put-back/", steps.put_back, name="put_back"),
    path(CLAIM + "round/", steps.start_round, name="start_round"),
    path(CLAIM + "panel/", panels.panel_for_receivable, name="panel_for_receivable"),
    path("customers/<uuid:customer_id>/panel/", panels.panel_for_customer, name="panel_for_customer"),
]

COLLECTION = "collection/"
CASE = COLLECTION + "cases/<uuid:case_id>/"

# The end of the road: agencies, their cases, what they tell, and losses.
urlpatterns += [
    path(COLLECTION, collection.list_collection_cases, name="list_collection_cases"),
    path(COLLECTION + "ready/", collection.list_ready_for_collection, name="list_ready_for_collection"),
    path(COLLECTION + "hand-over/", collection.hand_to_collection, name="hand_to_collection"),
    path(CASE, collection.show_collection_case, name="show_collection_case"),
    path(CASE + "files/<uuid:case_file_id>/", collection.download_collection_file, name="download_collection_file"),
    path(CASE + "payments/", collection.export_collection_payments, name="export_collection_payments"),
    path(CASE + "told/", collection.note_agency_told, name="note_agency_told"),
    path(CASE + "transfer/", collection.transfer_case, name="transfer_case"),
    path(CASE + "status/", collection.note_case_status, name="note_case_status"),
    path(CASE + "take-back/", collection.take_case_back, name="take_case_back"),
    path(COLLECTION + "status/", collection_agencies.upload_status_file, name="upload_status_file"),
    path(COLLECTION + "status/<uuid:status_file_id>/", collection_agencies.show_status_file, name="show_status_file"),
    path(
        COLLECTION + "status/<uuid:status_file_id>/take/",
        collection_agencies.take_status_file,
        name="take_status_file",
    ),
    path(COLLECTION + "agencies/", collection_agencies.list_collection_agencies, name="list_collection_agencies"),
    path(COLLECTION + "agencies/new/", collection_agencies.create_collection_agency, name="create_collection_agency"),
    path(
        COLLECTION + "agencies/<uuid:agency_id>/",
        collection_agencies.update_collection_agency,
        name="update_collection_agency",
    ),
    path(CLAIM + "write-off/", collection_losses.write_off_with_evidence, name="write_off_with_evidence"),
    path("loss-evidence/<uuid:evidence_id>/", collection_losses.download_loss_evidence, name="download_loss_evidence"),
]

# What reminders bring, and another plan on the claims of the last year.
urlpatterns += [
    path("effect/", effect.show_effect, name="show_effect"),
    path("effect/simulation/", effect.simulate_plan, name="simulate_plan"),
    path("effect/export/", effect.export_effect, name="export_effect"),
]

PLANS = "plans/"
PLAN = PLANS + "<uuid:plan_id>/"

# By which plan who is reminded, and the figures of the law under it.
urlpatterns += [
    path(PLANS, plans.list_plans, name="list_plans"),
    path(PLANS + "adopt/", plans.adopt_plan, name="adopt_plan"),
    path(PLANS + "new/", plans.create_plan, name="create_plan"),
    path(PLANS + "new-step/", plans.new_plan_step, name="new_plan_step"),
    path(PLAN, plans.update_plan, name="update_plan"),
    path(PLAN + "default/", plans.make_plan_default, name="make_plan_default"),
    path(PLAN + "archive/", plans.archive_plan, name="archive_plan"),
    path(PLAN + "steps/<uuid:level_id>/words/", plans.update_level_texts, name="update_level_texts"),
    path("settings/", settings.update_settings, name="update_settings"),
    path("law/", law.list_law_figures, name="list_law_figures"),
    path("customers/<uuid:customer_id>/choice/", choices.choose_for_customer, name="choose_for_customer"),
    path(CLAIM + "choice/", choices.choose_for_claim, name="choose_for_claim"),
]

# Interest on what was paid late.
urlpatterns += [
    path("interest/", interest.list_late_interest, name="list_late_interest"),
    path("interest/send/", interest.send_late_interest, name="send_late_interest"),
]
