"""The page of keys: all of them, to be printed and laid beside the keyboard."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.keys import keys_by_place


@require_safe
@login_required
def show_keys(request: HttpRequest) -> HttpResponse:
    """Every key with what it does, by where it works."""
    return render(request, "config/keys.html", {"places": keys_by_place()})
