import pytest
from django import forms
from django.template import Context, Template
from django.test import override_settings

from foundation.templatetags import components


class CustomerForm(forms.Form):
    name = forms.CharField(
        help_text="As printed", widget=forms.TextInput(attrs={"class": "wide", "placeholder": "Name"})
    )
    is_public = forms.BooleanField(required=False)


def shown(template: str, **context: object) -> str:
    return Template("{% load components %}" + template).render(Context(context))


def test_an_icon_comes_from_the_sprite_and_says_nothing_to_a_screen_reader() -> None:
    with override_settings(
        STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    ):
        assert shown("{% icon 'plus' %}") == (
            '<svg class="i" aria-hidden="true"><use href="/static/img/icons.svg#i-plus"/></svg>'
        )


def test_a_control_has_the_house_class_beside_its_own_and_points_at_its_hint() -> None:
    html = shown("{% control field %}", field=CustomerForm()["name"])
    assert 'class="in wide"' in html
    assert 'aria-describedby="id_name_helptext"' in html


def test_a_control_that_is_wrong_says_so_and_points_at_the_error() -> None:
    html = shown("{% control field %}", field=CustomerForm({})["name"])
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html


def test_a_control_takes_further_attributes_and_leaves_out_what_is_false() -> None:
    html = shown("{% control field aria_label='Customer' placeholder=False %}", field=CustomerForm()["name"])
    assert 'aria-label="Customer"' in html
    assert "placeholder" not in html


def test_a_checkbox_draws_itself() -> None:
    assert "class=" not in shown("{% control field %}", field=CustomerForm()["is_public"])


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_two_words(user_agent: str, expected: str) -> None:
    assert components.browser_name(user_agent) == expected


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("Fjordlys Prosjekt AS", 1, "F"),
        ("Fjordlys Prosjekt AS", 2, "FP"),
        ("eva@fjordlys.example", 2, "EF"),
        ("", 2, ""),
    ],
)
def test_a_monogram_has_the_first_letters_of_the_name(name: str, count: int, expected: str) -> None:
    assert components.initials(name, count) == expected
