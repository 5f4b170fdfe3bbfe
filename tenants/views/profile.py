"""The door to one's own profile; it belongs to the person, not to an organization."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants import actions, queries
from tenants.forms import ProfileForm
from tenants.models import User

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def update_profile(request: HttpRequest) -> HttpResponse:
    """Change one's name, language and keys."""
    user = queries.get_user(cast(User, request.user).pk)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        actions.update_profile(user, form.values())
        with translation.override(user.language):  # the next page is in the new language
            messages.success(request, _("Saved"))
        return HttpResponseRedirect(reverse("account_profile"))
    return render(request, "tenants/profile.html", {"form": form}, status=INVALID if form.is_bound else 200)
