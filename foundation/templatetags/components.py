"""Icons, form controls and initials: the small pieces of markup that every page repeats."""

from __future__ import annotations

from django import forms, template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Widgets that draw themselves; everything else is a box with a frame.
UNFRAMED_WIDGETS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)
INITIALS_MAX = 3
# The first sign found decides: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from screen readers: the words beside it carry the meaning."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("img/icons.svg"), name)


@register.simple_tag
def control(field: BoundField, **attributes: str | bool) -> SafeString:
    """The field's input with the house's class; aria_label becomes aria-label, and False leaves an attribute out."""
    attrs = {name.replace("_", "-"): value for name, value in attributes.items()}
    widget = field.field.widget
    if not isinstance(widget, UNFRAMED_WIDGETS):
        classes = ["in", str(widget.attrs.get("class", "")), str(attrs.get("class", ""))]
        attrs["class"] = " ".join(name for name in classes if name)
    return field.as_widget(attrs=attrs)


@register.filter
def browser_name(user_agent: object) -> str:
    """Firefox, Windows: what a user agent calls itself, in two words; the whole of it when it is unknown."""
    text = str(user_agent or "")
    browser = next((name for sign, name in BROWSERS if sign in text), "")
    system = next((name for sign, name in SYSTEMS if sign in text), "")
    return ", ".join(name for name in (browser, system) if name) or text


@register.filter
def initials(name: object, count: int = 2) -> str:
    """The first letters of the name's first words, as shown in a monogram."""
    words = str(name).replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[: min(count, INITIALS_MAX)]).upper()
