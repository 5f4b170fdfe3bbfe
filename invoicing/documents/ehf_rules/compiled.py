"""The text of each layer as a stylesheet, made once and kept beside the installed rules."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.utils.translation import gettext as _
from lxml import etree

from foundation.xml import parse_xml
from invoicing.documents.ehf_rules.compiler import COMPILER_VERSION, UnsupportedSchematron, compile_schematron
from invoicing.documents.ehf_rules.rule_sets import Layer, UnusableRules, installation_folder

SVRL = "http://purl.oclc.org/dsdl/svrl"
CHATTER = (f"{{{SVRL}}}fired-rule", f"{{{SVRL}}}active-pattern", f"{{{SVRL}}}ns-prefix-in-attribute-values")


def stylesheet_text(layer: Layer) -> str:
    """The layer as XSLT: compiled from Schematron, or the packaged stylesheet without its reports of kept rules."""
    source = layer.path.read_bytes()
    if not layer.is_schematron:
        return _quiet(source)
    key = hashlib.sha256(COMPILER_VERSION.encode() + source).hexdigest()[:20]
    kept = installation_folder() / ".compiled" / f"{layer.path.stem}-{key}.xsl"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    text = compile_file(layer.path)
    _keep(kept, text)
    return text


def compile_file(path: Path) -> str:
    """The stylesheet text of a Schematron file; refuses a file that holds what we cannot compile."""
    try:
        return compile_schematron(path.read_bytes())
    except UnsupportedSchematron as error:
        text = _("%(file)s holds rules that cannot be compiled: %(reason)s")
        raise UnusableRules(text % {"file": path.name, "reason": error}) from error


def _quiet(source: bytes) -> str:
    """The stylesheet without its tales of rules tried and kept, which take a sixth of its time."""
    root = parse_xml(source)
    etree.strip_elements(root, *CHATTER, with_tail=False)
    return etree.tostring(root, encoding="unicode")


def _keep(path: Path, text: str) -> None:
    """Write the text in one step, so that a process beside us never reads half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
