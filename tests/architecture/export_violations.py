"""What the constraints of files of vouchers refuse."""

from __future__ import annotations

from tests.architecture.violating import change, copy

RUN, VOUCHER = "accounting_sync_exportrun", "accounting_sync_exportedvoucher"
SETTINGS = "accounting_sync_fileexportsettings"
NEXT = "'number', 2, 'job_id', %(fresh)s::uuid"

EXPORT_VIOLATIONS: dict[str, str] = {
    "one_export_settings": copy(SETTINGS),
    "export_encoding_is_known": change(SETTINGS, "encoding = 'morse'"),
    "voucher_type_has_three_digits": change(SETTINGS, "sales_type = 1000"),
    "voucher_offset_has_eight_digits": change(SETTINGS, "number_offset = -1"),
    "accounting_sync_fileexportsettings_version_check": change(SETTINGS, "version = -1"),
    "job_makes_one_export": copy(RUN, "'number', 2"),
    "export_format_is_known": copy(RUN, f"{NEXT}, 'format', 'paper'"),
    "export_scope_is_known": copy(RUN, f"{NEXT}, 'scope', 'some'"),
    "export_is_balanced": copy(RUN, f"{NEXT}, 'debit', 1"),
    "export_holds_vouchers": copy(RUN, f"{NEXT}, 'vouchers', 0"),
    "export_days_run_forward": copy(RUN, f"{NEXT}, 'last_day', '2020-01-01'"),
    "voucher_stands_once_in_a_file": copy(VOUCHER, "'is_first', false"),
    "voucher_is_new_once_per_format": copy(VOUCHER, "'run_id', %(fresh_2)s::uuid"),
}
EXPORT_IMPLIED = {"export_number_is_unique": "exports_are_numbered"}
