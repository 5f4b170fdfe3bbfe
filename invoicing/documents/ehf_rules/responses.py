"""The rules for what comes back: Peppol's own for the message level status (MLS) and the invoice response (T111).

They come with an installed set of rules. Where none is installed, as in a fresh installation, nothing can be asked.
"""

from __future__ import annotations

import importlib
import os
import threading
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from foundation.xml import parse_xml
from invoicing.documents.ehf_rules.compiled import stylesheet_text
from invoicing.documents.ehf_rules.rule_sets import Layer, rules_in_force, schema_path

PATTERNS = {"mls": "peppol-mls-*.sch", "invoice_response": "PEPPOLBIS-T111.sch"}
ROOT = "ApplicationResponse"
TEXTS_MAX = 10
TEXT_MAX = 200

_kept: dict[tuple[int, str], ResponseRules] = {}
_guard = threading.Lock()


class ResponseRules:
    """The compiled rules of one kind of answer; safe to use from several threads."""

    def __init__(self, schematron: Path, schema: Path) -> None:
        saxon = importlib.import_module("saxonche")  # 100 MB of native code: loaded where something is checked
        self._error: Any = saxon.PySaxonApiError
        self._processor: Any = saxon.PySaxonProcessor(license=False)
        layer = Layer(name="response", path=schematron, is_schematron=True)
        compiler = self._processor.new_xslt30_processor()
        self._rules: Any = compiler.compile_stylesheet(stylesheet_text=stylesheet_text(layer))
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        self._schema = etree.XMLSchema(etree.parse(str(schema), parser)) if schema.is_file() else None
        self._lock = threading.Lock()

    def broken(self, root: etree._Element) -> list[str]:
        """The words of every fatal rule that the answer breaks."""
        with self._lock:
            if self._schema is not None and not self._schema.validate(root):
                errors: Any = self._schema.error_log
                return [str(error.message)[:TEXT_MAX] for error in errors][:TEXTS_MAX]
            node = self._processor.parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
            try:
                answer: str = self._rules.transform_to_string(xdm_node=node)
            except self._error as error:
                return [str(error).strip()[:TEXT_MAX]]
        found = (one for one in parse_xml(answer.encode()).iter("f") if one.get("flag") == "fatal")
        return [" ".join("".join(map(str, one.itertext())).split())[:TEXT_MAX] for one in found][:TEXTS_MAX]


def response_rules(kind: str, today: date) -> ResponseRules | None:
    """The rules in force for this kind of answer; None where they are not installed."""
    folder = rules_in_force(today).folder
    found = sorted((folder / "sch").glob(PATTERNS[kind]))
    if not found:
        return None
    key = (os.getpid(), str(found[-1]))
    with _guard:
        if key not in _kept:
            _kept[key] = ResponseRules(found[-1], schema_path(folder, ROOT))
        return _kept[key]
