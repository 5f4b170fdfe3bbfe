"""How often something is charged, and for which days, in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing_backlog.models import Subscription
from billing_backlog.subscriptions import Charge, TimeUnit

register = template.Library()


@register.filter
def period_words(subscription: Subscription) -> str:
    """“Every month”, or “Every 3 months”."""
    if subscription.time_unit == TimeUnit.WEEK:
        if subscription.every == 1:
            return _("Every week")
        return ngettext("Every %(count)s week", "Every %(count)s weeks", subscription.every) % {
            "count": subscription.every
        }
    if subscription.every == 1:
        return _("Every month")
    return ngettext("Every %(count)s month", "Every %(count)s months", subscription.every) % {
        "count": subscription.every
    }


@register.filter
def part_words(charge: Charge) -> str:
    """“12 of 31 days” of a part of a period; empty for a whole one."""
    if charge.is_whole and not charge.is_given_back:
        return ""
    words = ngettext("%(days)s of %(all)s day", "%(days)s of %(all)s days", charge.period.days)
    return words % {"days": charge.days, "all": charge.period.days}
