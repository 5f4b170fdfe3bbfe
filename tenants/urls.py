"""One line per verb."""

from django.urls import path

from tenants.views import as_of, audit_trail, bank_accounts, company, jobs, notices, people, routines, rules

app_name = "tenants"

urlpatterns = [
    path("settings/", company.show_company, name="show_company"),
    path("settings/as-of/", as_of.show_company_as_of, name="show_company_as_of"),
    path("settings/company/save/", company.update_company, name="update_company"),
    path("settings/documents/", company.show_document_settings, name="show_document_settings"),
    path("settings/documents/save/", company.update_document_settings, name="update_document_settings"),
    path("settings/logo/", company.show_logo, name="show_logo"),
    path("settings/logo/set/", company.set_logo, name="set_logo"),
    path("settings/logo/remove/", company.remove_logo, name="remove_logo"),
    path("settings/bank-accounts/", bank_accounts.list_bank_accounts, name="list_bank_accounts"),
    path("settings/bank-accounts/new/", bank_accounts.create_bank_account, name="create_bank_account"),
    path("settings/bank-accounts/<uuid:account_id>/", bank_accounts.update_bank_account, name="update_bank_account"),
    path(
        "settings/bank-accounts/changes/<uuid:change_id>/approve/",
        bank_accounts.approve_bank_change,
        name="approve_bank_change",
    ),
    path(
        "settings/bank-accounts/changes/<uuid:change_id>/withdraw/",
        bank_accounts.withdraw_bank_change,
        name="withdraw_bank_change",
    ),
    path("settings/rules/", rules.show_rules, name="show_rules"),
    path("settings/rules/save/", rules.update_rules, name="update_rules"),
    path("settings/roles/", rules.list_roles, name="list_roles"),
    path("settings/routines/", routines.list_routines, name="list_routines"),
    path("settings/routines/step/", routines.show_routine, name="show_routine"),
    path("settings/routines/step/write/", routines.write_routine, name="write_routine"),
    path(
        "settings/bank-accounts/<uuid:account_id>/as-of/",
        as_of.show_bank_account_as_of,
        name="show_bank_account_as_of",
    ),
    path("settings/people/", people.list_people, name="list_people"),
    path("settings/people/invite/", people.invite_member, name="invite_member"),
    path("settings/people/<uuid:membership_id>/role/", people.change_role, name="change_role"),
    path("settings/people/<uuid:membership_id>/remove/", people.remove_member, name="remove_member"),
    path("settings/invitations/<uuid:invitation_id>/withdraw/", people.withdraw_invitation, name="withdraw_invitation"),
    path("jobs/", jobs.list_jobs, name="list_jobs"),
    path("jobs/<uuid:job_id>/", jobs.show_job, name="show_job"),
    path("jobs/<uuid:job_id>/progress/", jobs.show_job_progress, name="show_job_progress"),
    path("jobs/<uuid:job_id>/stop/", jobs.cancel_job, name="cancel_job"),
    path("jobs/<uuid:job_id>/again/", jobs.repeat_job, name="repeat_job"),
    path("jobs/<uuid:job_id>/file/", jobs.download_job_file, name="download_job_file"),
    path("notices/", notices.list_notices, name="list_notices"),
    path("notices/read/", notices.read_notices, name="read_notices"),
    path("notices/<uuid:notice_id>/open/", notices.open_notice, name="open_notice"),
    path("settings/audit-trail/", audit_trail.list_audit_entries, name="list_audit_entries"),
]
