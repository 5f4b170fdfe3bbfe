import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from foundation import htmx

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {
                        "page.html": "<html>{% include '_part.html' %}</html>",
                        "_part.html": "<p>{{ word }}</p>",
                        "_messages.html": "<div id=messages{% if out_of_band %} hx-swap-oob=true{% endif %}></div>",
                    },
                )
            ]
        },
    }
]


def asked(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", headers=headers)


@pytest.fixture(autouse=True)
def small_templates() -> object:
    with override_settings(TEMPLATES=TEMPLATES):
        yield


def test_a_browser_gets_the_page_and_htmx_the_fragment_that_stands_in_it() -> None:
    page = htmx.render_page_or_fragment(asked(), "page.html", "_part.html", {"word": "ja"})
    part = htmx.render_page_or_fragment(asked(hx_request="true"), "page.html", "_part.html", {"word": "ja"})
    assert page.content == b"<html><p>ja</p></html>"
    assert part.content == b"<p>ja</p>"
    assert page["Vary"] == part["Vary"] == "HX-Request"


@pytest.mark.parametrize("header", ["hx_boosted", "hx_history_restore_request"])
def test_boosted_links_and_restored_history_get_the_whole_page(header: str) -> None:
    request = asked(hx_request="true", **{header: "true"})
    assert htmx.render_page_or_fragment(request, "page.html", "_part.html", {}).content.startswith(b"<html>")


def test_a_form_with_errors_keeps_its_status() -> None:
    response = htmx.render_page_or_fragment(asked(hx_request="true"), "page.html", "_part.html", {}, status=422)
    assert response.status_code == 422


def test_a_change_is_answered_with_a_redirect_or_with_the_fragment_and_its_messages() -> None:
    plain = htmx.swap_or_redirect(asked(), "_part.html", {"word": "ja"}, to="/fjord/")
    swapped = htmx.swap_or_redirect(asked(hx_request="true"), "_part.html", {"word": "ja"}, to="/fjord/")
    assert (plain.status_code, plain["Location"]) == (302, "/fjord/")
    assert swapped.content == b"<p>ja</p><div id=messages hx-swap-oob=true></div>"


def test_leaving_a_page_works_in_both_ways() -> None:
    assert htmx.go_to(asked(), "/fjord/")["Location"] == "/fjord/"
    assert htmx.go_to(asked(hx_request="true"), "/fjord/")["HX-Redirect"] == "/fjord/"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "evil"])
def test_nobody_is_sent_to_another_site(address: str) -> None:
    with pytest.raises(ValueError, match="path of our own"):
        htmx.swap_or_redirect(asked(), "_part.html", {}, to=address)
