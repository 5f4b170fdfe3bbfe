"""How each constraint on what programs hold is violated."""

from __future__ import annotations

from tests.architecture.violating import change, copy

MACHINE_VIOLATIONS: dict[str, str] = {
    "api_token_secret_is_unique": copy("tenants_apitoken"),
    "api_token_may_call": change("tenants_apitoken", "calls_per_minute = 0"),
    "api_key_is_used_once": copy("tenants_apicall"),
    "tenants_apicall_status_check": change("tenants_apicall", "status = -1"),
    "webhook_goes_over_http": change("tenants_webhookendpoint", "url = 'file:///etc/passwd'"),
    "tenants_webhookendpoint_failures_check": change("tenants_webhookendpoint", "failures = -1"),
    "tenants_webhookendpoint_last_status_check": change("tenants_webhookendpoint", "last_status = -1"),
    "webhook_event_happens_once": copy("tenants_webhookevent"),
    "webhook_is_told_once": copy("tenants_webhookdelivery"),
    "webhook_state_is_known": change("tenants_webhookdelivery", "state = 'lost'"),
    "tenants_webhookdelivery_attempts_check": change("tenants_webhookdelivery", "attempts = -1"),
    "tenants_webhookdelivery_last_status_check": change("tenants_webhookdelivery", "last_status = -1"),
}
# What the named constraint refuses before this one is asked.
MACHINE_IMPLIED = {"tenants_apitoken_calls_per_minute_check": "api_token_may_call"}
