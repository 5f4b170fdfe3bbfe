"""The door to one's own sessions; each can be ended from any other."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import queries
from tenants.models import User


@require_POST
@login_required
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out one of one's own browsers; somebody else's session is not there."""
    queries.get_session(cast(User, request.user).pk, session_id).end()
    messages.success(request, _("Signed out there"))
    return HttpResponseRedirect(reverse("usersessions_list"))
