"""The Celery app and the timetable: the only list of what runs by itself."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

app = Celery("bilag")
app.conf.update(
    broker_url=settings.CELERY_BROKER,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
    task_ignore_result=True,
    task_default_queue="default",
    task_routes={
        "invoicing.render_documents": {"queue": "pdf"},
        "invoicing.render_paper": {"queue": "pdf"},
        "billing_backlog.render_offer": {"queue": "pdf"},
        "billing_backlog.mail_offer": {"queue": "pdf"},
        "invoicing.finalize_many": {"queue": "jobs"},
        "invoicing.change_many": {"queue": "jobs"},
        "invoicing.export_invoices": {"queue": "jobs"},
        "invoicing.take_proof": {"queue": "jobs"},
        "invoicing.send_again": {"queue": "jobs"},
        "invoicing.send_many": {"queue": "jobs"},
        "invoicing.send_statements": {"queue": "jobs"},
        "invoicing.make_print_file": {"queue": "jobs"},
        "invoicing.look_up_customers": {"queue": "jobs"},
        "billing_backlog.make_proformas": {"queue": "jobs"},
        "billing_backlog.confirm_many": {"queue": "jobs"},
        "billing_backlog.act_on_items": {"queue": "jobs"},
        "billing_backlog.export_backlog": {"queue": "jobs"},
        "billing_backlog.run_schedules": {"queue": "jobs"},
        "billing_backlog.charge_subscriptions": {"queue": "jobs"},
        "billing_backlog.rehearse_import": {"queue": "jobs"},
        "billing_backlog.take_import": {"queue": "jobs"},
        "billing_backlog.generate_run": {"queue": "jobs"},
        "billing_backlog.bill_night_before": {"queue": "jobs"},
        "billing_backlog.bill_told_visits": {"queue": "jobs"},
        "billing_backlog.print_bring_along": {"queue": "jobs"},
        "billing_backlog.generate_file": {"queue": "jobs"},
        "billing_backlog.export_report": {"queue": "jobs"},
        "payments.export_report": {"queue": "jobs"},
        "payments.write_saft": {"queue": "jobs"},
        "payments.charge_many": {"queue": "jobs"},
        "payments.post_bank_file": {"queue": "jobs"},
        "payments.sweep_bank_folders": {"queue": "jobs"},
        "config.rehearse_import": {"queue": "jobs"},
        "config.import_records": {"queue": "jobs"},
        "config.export_records": {"queue": "jobs"},
        "config.rehearse_move_in": {"queue": "jobs"},
        "config.move_in": {"queue": "jobs"},
        "config.remove_old": {"queue": "jobs"},
    },
    task_soft_time_limit=120,
    task_time_limit=180,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=600_000,  # kB: a leaking child is replaced before it hurts the others
    worker_hijack_root_logger=False,
    timezone=settings.TIME_ZONE,
    enable_utc=True,
    beat_schedule={
        "seal-audit": {"task": "tenants.seal_audit_everywhere", "schedule": 60.0},
        "hand-out-outbox": {"task": "tenants.wake_outbox", "schedule": 60.0},
        "render-missing-documents": {"task": "invoicing.sweep_missing_documents", "schedule": 120.0},
        "apply-bank-changes": {"task": "tenants.apply_bank_changes", "schedule": 300.0},
        "end-overdue-deliveries": {"task": "invoicing.end_overdue_deliveries", "schedule": 300.0},
        "read-returned-mail": {"task": "invoicing.read_returned_mail", "schedule": 60.0},
        "read-network-answers": {"task": "invoicing.read_incoming", "schedule": 60.0},
        "ask-access-points": {"task": "invoicing.ask_access_points", "schedule": 300.0},
        "look-up-new-customers": {"task": "invoicing.look_up_new_customers", "schedule": 600.0},
        "close-idle-spells": {"task": "invoicing.close_idle_spells", "schedule": 300.0},
        "sweep-bank-folders": {"task": "payments.sweep_bank_folders", "schedule": 120.0},
        "tell-undelivered": {"task": "invoicing.tell_undelivered", "schedule": crontab(minute="15")},
        "reconcile-online-payments": {"task": "payments.reconcile_attempts", "schedule": 60.0},
        "tell-webhooks": {"task": "config.tell_webhooks", "schedule": 15.0},
        "send-receipts": {"task": "invoicing.sweep_receipts", "schedule": 60.0},
        "settle-backlog": {"task": "billing_backlog.settle_items", "schedule": 60.0},
        "tell-of-cut-off": {"task": "billing_backlog.tell_of_cut_off", "schedule": crontab(minute="35")},
        "tell-of-windows": {"task": "billing_backlog.tell_of_windows", "schedule": crontab(minute="45")},
        "tell-approvers": {"task": "billing_backlog.tell_approvers", "schedule": crontab(minute="25")},
        "charge-subscriptions": {"task": "billing_backlog.charge_subscriptions", "schedule": crontab(minute="2")},
        "refill-retainers": {"task": "billing_backlog.refill_retainers", "schedule": crontab(minute="20")},
        "bill-night-before": {"task": "billing_backlog.bill_night_before", "schedule": crontab(minute="1")},
        "bill-told-visits": {"task": "billing_backlog.bill_told_visits", "schedule": 600.0},
        "bill-by-schedule": {"task": "billing_backlog.run_schedules", "schedule": crontab(minute="5")},
        "verify-numbers": {"task": "invoicing.verify_everywhere", "schedule": crontab(hour="2", minute="30")},
        "publish-audit-heads": {"task": "tenants.publish_audit_heads", "schedule": crontab(hour="3", minute="10")},
        "forget-expired-sessions": {
            "task": "tenants.clear_expired_sessions",
            "schedule": crontab(hour="4", minute="5"),
        },
        "remove-what-may-go": {"task": "config.remove_old", "schedule": crontab(hour="4", minute="20")},
    },
)
