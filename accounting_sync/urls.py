"""One line per verb."""

from django.urls import path

from accounting_sync.views import (
    connections,
    customer_changes,
    desk,
    exports,
    mapping,
    permits,
    preview,
    proposals,
    reconciling,
    repairs,
    reports,
)

app_name = "accounting_sync"

CONNECTION = "<uuid:connection_id>/"

ITEM = "vouchers/<uuid:sync_item_id>/"

MONTH = "reconciliation/<uuid:reconciliation_id>/"

CHANGE, LINK = "customers/<uuid:customer_change_id>/", "customers/links/<uuid:customer_link_id>/"

urlpatterns = [
    # What was pushed, and what somebody must look at
    path("", desk.show_overview, name="show_overview"),
    path("queue/", desk.list_items, {"group": "queue"}, name="list_queue"),
    path("stopped/", desk.list_items, {"group": "stopped"}, name="list_stopped"),
    path("vouchers/", desk.list_items, {"group": "all"}, name="list_pushed"),
    path("left-out/", desk.list_items, {"group": "left_out"}, name="list_left_out"),
    path("push/", repairs.push_now, name="push_now"),
    path("vouchers/try/", repairs.try_again, name="try_again"),
    path(ITEM, desk.show_item, name="show_item"),
    path(ITEM + "look/", repairs.look_again, name="look_again"),
    path(ITEM + "accept/", repairs.accept_difference, name="accept_difference"),
    path(ITEM + "leave-out/", repairs.leave_out, name="leave_out"),
    path(ITEM + "take-in/", repairs.take_in, name="take_in"),
    path(ITEM + "anew/", repairs.push_anew, name="push_anew"),
    path(ITEM + "repair/", repairs.repair_gone, name="repair_gone"),
    path(ITEM + "move/", repairs.move_to_open_day, name="move_to_open_day"),
    path(ITEM + "there/", repairs.say_it_is_there, name="say_it_is_there"),
    path(ITEM + "not-there/", repairs.say_it_is_not_there, name="say_it_is_not_there"),
    # Months compared with what the accounting system says by now
    path("reconciliation/", reconciling.show_reconciliation, name="show_reconciliation"),
    path("reconciliation/compare/", reconciling.reconcile_now, name="reconcile_now"),
    path("reconciliation/strays/<uuid:stray_id>/accept/", reconciling.accept_stray, name="accept_stray"),
    path(MONTH, reconciling.show_month, name="show_month"),
    path(MONTH + "progress/", reconciling.panel_month, name="panel_month"),
    path(MONTH + "report/", reports.download_report, name="download_report"),
    path(MONTH + "report/make/", reports.make_report, name="make_report"),
    path(MONTH + "report/state/", reports.panel_report, name="panel_report"),
    # Money that was booked there
    path("payments/", proposals.list_proposals, {"group": "open"}, name="list_proposals"),
    path("payments/settled/", proposals.list_proposals, {"group": "settled"}, name="list_settled_proposals"),
    path("payments/<uuid:proposal_id>/register/", proposals.take_proposal, name="take_proposal"),
    path("payments/<uuid:proposal_id>/same/", proposals.say_it_is_known, name="say_it_is_known"),
    path("payments/<uuid:proposal_id>/ignore/", proposals.ignore_proposal, name="ignore_proposal"),
    # Customers that are known otherwise there, and links that need somebody
    path("customers/", customer_changes.list_customer_changes, name="list_customer_changes"),
    path(CHANGE + "take/", customer_changes.take_customer_change, name="take_customer_change"),
    path(CHANGE + "ignore/", customer_changes.ignore_customer_change, name="ignore_customer_change"),
    path(LINK + "choose/", customer_changes.choose_link, name="choose_link"),
    path(LINK + "forget/", customer_changes.forget_link, name="forget_link"),
    path(LINK + "send/", customer_changes.tell_again, name="tell_again"),
    path("panel/<uuid:voucher_id>/", desk.panel_for_voucher, name="panel_for_voucher"),
    # Files for any accounting system
    path("exports/", exports.list_exports, name="list_exports"),
    path("exports/start/", exports.start_export, name="start_export"),
    path("exports/gbat10/", exports.update_export_settings, name="update_export_settings"),
    path("exports/<uuid:export_id>/", exports.show_export, name="show_export"),
    path("exports/<uuid:export_id>/download/", exports.download_export, name="download_export"),
    # Connecting, and what becomes of a connection
    path("connect/", connections.choose_system, name="choose_system"),
    path("connect/new/", connections.create_connection, name="create_connection"),
    path(CONNECTION, connections.show_connection, name="show_connection"),
    path(CONNECTION + "state/", connections.panel_connection, name="panel_connection"),
    path(CONNECTION + "enter/", permits.enter_system, name="enter_system"),
    path(CONNECTION + "keys/", connections.update_keys, name="update_keys"),
    path(CONNECTION + "options/", connections.update_options, name="update_options"),
    path(CONNECTION + "lists/", connections.refresh_lists, name="refresh_lists"),
    path(CONNECTION + "try/", connections.try_connection, name="try_connection"),
    path(CONNECTION + "pause/", connections.pause_connection, name="pause_connection"),
    path(CONNECTION + "resume/", connections.resume_connection, name="resume_connection"),
    path(CONNECTION + "disconnect/", connections.disconnect, name="disconnect"),
    # What ours is called there
    path(CONNECTION + "mapping/", mapping.show_mapping, name="show_mapping"),
    path(CONNECTION + "mapping/save/", mapping.save_mapping, name="save_mapping"),
    path(CONNECTION + "mapping/exceptions/", mapping.add_exception, name="add_exception"),
    path(
        CONNECTION + "mapping/exceptions/<uuid:mapping_id>/remove/", mapping.remove_exception, name="remove_exception"
    ),
    path(CONNECTION + "mapping/export/", mapping.export_mapping, name="export_mapping"),
    path(CONNECTION + "mapping/import/", mapping.import_mapping, name="import_mapping"),
    # What would be pushed, and from when on it is
    path(CONNECTION + "preview/", preview.show_preview, name="show_preview"),
    path(CONNECTION + "push/", preview.update_push_terms, name="update_push_terms"),
]
