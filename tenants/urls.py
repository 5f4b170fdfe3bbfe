"""One line per verb."""

from django.urls import path

from tenants.views import audit_trail, bank_accounts, company, people

app_name = "tenants"

urlpatterns = [
    path("settings/", company.show_company, name="show_company"),
    path("settings/company/save/", company.update_company, name="update_company"),
    path("settings/documents/", company.show_document_settings, name="show_document_settings"),
    path("settings/documents/save/", company.update_document_settings, name="update_document_settings"),
    path("settings/logo/", company.show_logo, name="show_logo"),
    path("settings/logo/set/", company.set_logo, name="set_logo"),
    path("settings/logo/remove/", company.remove_logo, name="remove_logo"),
    path("settings/bank-accounts/", bank_accounts.list_bank_accounts, name="list_bank_accounts"),
    path("settings/bank-accounts/new/", bank_accounts.create_bank_account, name="create_bank_account"),
    path("settings/bank-accounts/<uuid:account_id>/", bank_accounts.update_bank_account, name="update_bank_account"),
    path("settings/people/", people.list_people, name="list_people"),
    path("settings/people/invite/", people.invite_member, name="invite_member"),
    path("settings/people/<uuid:membership_id>/role/", people.change_role, name="change_role"),
    path("settings/people/<uuid:membership_id>/remove/", people.remove_member, name="remove_member"),
    path("settings/invitations/<uuid:invitation_id>/withdraw/", people.withdraw_invitation, name="withdraw_invitation"),
    path("settings/audit-trail/", audit_trail.list_audit_entries, name="list_audit_entries"),
]
