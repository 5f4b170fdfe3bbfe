"""Running the rules on a document: XML, UBL schema, EN 16931, Peppol, in this order.

Compiling costs about a second and happens once in each process, at the first check or in `warm_up`; a document then
costs milliseconds. The processor belongs to the process that made it: a child after a fork makes its own.
"""

from __future__ import annotations

import importlib
import os
import re
import threading
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from foundation.errors import DomainError
from foundation.xml import parse_xml
from invoicing.documents.ehf_rules.compiled import stylesheet_text
from invoicing.documents.ehf_rules.rule_sets import Layer, RuleSet, UnusableRules, rules_in_force, schema_path

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
ROOTS = {f"{{{UBL}Invoice-2}}Invoice": "Invoice", f"{{{UBL}CreditNote-2}}CreditNote": "CreditNote"}
BINARY = f"{{{UBL}CommonBasicComponents-2}}EmbeddedDocumentBinaryObject"
PREFIXES = {f"{UBL}CommonBasicComponents-2": "cbc:", f"{UBL}CommonAggregateComponents-2": "cac:"}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
BROKEN_RULES = {"f", f"{SVRL}failed-assert", f"{SVRL}successful-report"}
MARKS = ("<f ", "failed-assert", "successful-report")  # what stands in an answer in which something is broken
QUALIFIED = re.compile(r"Q\{([^}]*)\}|\*:(?=[^/]*?\[namespace-uri\(\)='([^']*)'\])")
NAMESPACE_TEST = re.compile(r"\[namespace-uri\(\)='[^']*'\]")
MESSAGE_MAX = 300
# A rule as our compiler writes it, and as the packaged stylesheets do in their two ways.
RULE_ID = re.compile(r"""<(?:f|svrl:[a-z-]+)\s[^>]*?\bid="([^"]+)"|<xsl:attribute name="id">([^<]+)</xsl:attribute>""")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """One rule that a document breaks, where, and in the rule's own words."""

    layer: str  # xml, xsd, en16931, peppol
    rule: str
    is_fatal: bool
    location: str  # a path with cac: and cbc: prefixes, or a line
    text: str


class Validator:
    """The compiled layers of one set of rules; safe to use from several threads."""

    def __init__(self, rules: RuleSet) -> None:
        saxon = importlib.import_module("saxonche")  # 100 MB of native code: loaded where something is checked
        self.rules = rules
        self._lock = threading.Lock()
        self._saxon_error: Any = saxon.PySaxonApiError
        self._processor: Any = saxon.PySaxonProcessor(license=False)
        self._compiler: Any = self._processor.new_xslt30_processor()
        self.rule_ids: set[str] = set()  # every rule that is asked, broken or not
        self._layers = [(layer.name, self._compiled(layer)) for layer in rules.layers]
        self._schemas = {tag: _read_schema(rules, root) for tag, root in ROOTS.items()}

    def _compiled(self, layer: Layer) -> Any:
        text = stylesheet_text(layer)
        self.rule_ids.update(first or second for first, second in RULE_ID.findall(text))
        try:
            return self._compiler.compile_stylesheet(stylesheet_text=text)
        except self._saxon_error as error:
            raise UnusableRules(_("The EHF rules cannot be used: %(reason)s") % {"reason": error}) from error

    @property
    def rules_count(self) -> int:
        """How many rules the layers hold."""
        return len(self.rule_ids)

    def broken_rules(self, data: bytes) -> tuple[list[BrokenRule], etree._Element | None]:
        """Every rule that the document breaks, and its root where it could be read."""
        try:
            root = parse_xml(data)
        except DomainError as error:
            return [BrokenRule(layer="xml", rule="XML", is_fatal=True, location="", text=str(error))], None
        with self._lock:
            return self._of_root(root), root

    def _of_root(self, root: etree._Element) -> list[BrokenRule]:
        schema = self._schemas.get(str(root.tag))
        if schema is None:
            text = f"The root element is {root.tag}, neither Invoice nor CreditNote of UBL 2.1."
            return [BrokenRule(layer="xsd", rule="ROOT", is_fatal=True, location="/", text=text)]
        errors: Any = () if schema.validate(root) else schema.error_log
        broken = [_schema_error(error) for error in errors]
        node = self._processor.parse_xml(xml_text=_text_without_attachments(root))
        for name, executable in self._layers:
            broken += self._of_layer(name, executable, node, root)
        return broken

    def _of_layer(self, name: str, executable: Any, node: Any, root: etree._Element) -> list[BrokenRule]:
        try:
            answer: str = executable.transform_to_string(xdm_node=node)
        except self._saxon_error as error:  # an expression failed on this input: a number or date that is none
            text = str(error).strip()[:MESSAGE_MAX]
            return [BrokenRule(layer=name, rule="XPATH-ERROR", is_fatal=True, location="/", text=text)]
        if not any(mark in answer for mark in MARKS):
            return []
        found = (element for element in parse_xml(answer.encode()).iter() if element.tag in BROKEN_RULES)
        return [self._broken_rule(name, element, root) for element in found]

    def _broken_rule(self, layer: str, element: etree._Element, root: etree._Element) -> BrokenRule:
        rule = element.get("id", "")
        is_superseded = self.rules.superseded.get(rule)
        return BrokenRule(
            layer=layer,
            rule=rule,
            is_fatal=element.get("flag") == "fatal" and not (is_superseded and is_superseded(root)),
            location=_short_path(element.get("at") or element.get("location") or ""),
            text=" ".join("".join(map(str, element.itertext())).split()),
        )


def _read_schema(rules: RuleSet, root: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    try:
        return etree.XMLSchema(etree.parse(str(schema_path(rules.folder, root)), parser))
    except etree.LxmlError as error:
        raise UnusableRules(_("The EHF rules cannot be used: %(reason)s") % {"reason": error}) from error


def _schema_error(error: Any) -> BrokenRule:
    return BrokenRule(layer="xsd", rule="XSD", is_fatal=True, location=f"line {error.line}", text=error.message)


def _text_without_attachments(root: etree._Element) -> str:
    """The document as text, attachments cut to a stub: no rule reads them, and megabytes cost tenths of a second."""
    for binary in root.iter(BINARY):
        if binary.text and binary.text.strip():
            binary.text = "AA=="
    return etree.tostring(root, encoding="unicode")


def _short_path(path: str) -> str:
    """/Q{urn:…Components-2}Price[1] and /*:Price[namespace-uri()='urn:…'][1] as /cac:Price[1]."""
    named = QUALIFIED.sub(lambda match: PREFIXES.get(match[1] or match[2], ""), path)
    return NAMESPACE_TEST.sub("", named)


_validators: dict[tuple[int, str], Validator] = {}
_guard = threading.Lock()


def validator_for(rules: RuleSet) -> Validator:
    """This process's validator for the rules, compiled at first use."""
    key = (os.getpid(), f"{rules.folder} {rules.description}")
    with _guard:
        if key not in _validators:
            _validators[key] = Validator(rules)
        return _validators[key]


def warm_up(today: date) -> None:
    """Compile the rules in force now, so that the first document does not wait."""
    validator_for(rules_in_force(today))
