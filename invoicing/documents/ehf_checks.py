"""Is the document fit to be sent as EHF? The official rules, and our own of what they let pass.

No official rule looks at KID, account, IBAN, GTIN or the buyer's VAT number, at VAT to the øre, the credited invoice,
the sign of a credit note or the size of a rounding. Our checks read the XML as it will be sent, so that what is checked
is what leaves, and so that they hold for any file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from invoicing.documents.ehf import carries_files, core_xml, has_ehf
from invoicing.documents.ehf_own_rules import OWN_LAYER, own_broken_rules
from invoicing.documents.ehf_rules.engine import BrokenRule, validator_for
from invoicing.documents.ehf_rules.rule_sets import rules_in_force
from invoicing.documents.ehf_sentences import EXPLANATIONS, Sentence, explain
from invoicing.documents.facts import Document

OWN_RULES_COUNT = sum(rule.startswith("BILAG-") for rule in EXPLANATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend: the rule, the field of the draft, a sentence for the user, and the rule's own words."""

    rule: str
    field: str
    sentence: Sentence
    text: str
    layer: str  # xml, xsd, en16931, peppol, own


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What the rules in force say of a document; with nothing fatal it may be sent."""

    fatal: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    rules: str  # the versions, in one line
    rules_count: int = 0  # how many rules were asked

    @property
    def is_valid(self) -> bool:
        """Whether every official rule that refuses is kept: what a receiver's own validation would say."""
        return all(finding.layer == OWN_LAYER for finding in self.fatal)

    @property
    def is_accepted(self) -> bool:
        """Whether every rule that refuses is kept."""
        return not self.fatal


def check_document(document: Document, *, today: date, receives_ehf: bool = False) -> CheckResult:
    """Check the document's core XML by the rules in force today and by our own; what has no EHF breaks none."""
    if not has_ehf(document.body.kind):
        return CheckResult(fatal=(), warnings=(), rules="")
    result = check_ehf(core_xml(document), today=today)
    too_large = _too_large_files(document)
    return replace(
        result,
        fatal=(*result.fatal, *(finding for finding in too_large if receives_ehf)),
        warnings=(
            *result.warnings,
            *_missing_reference(document),
            *(finding for finding in too_large if not receives_ehf),
        ),
    )


def _too_large_files(document: Document) -> tuple[Finding, ...]:
    """Files that are together more than an EHF carries; whoever receives only the EHF would never see them."""
    if carries_files(document.body):
        return ()
    text = "The attached files are together larger than what an EHF carries."
    rule = BrokenRule(layer=OWN_LAYER, rule="BILAG-ATTACHMENTS", is_fatal=True, location="", text=text)
    return _findings([rule])


def _missing_reference(document: Document) -> tuple[Finding, ...]:
    """The customer number stands in for a reference, so no rule is broken; public buyers still return such files."""
    references = document.body.references
    if document.body.buyer.kind != "public_body" or references.buyer.strip() or references.order.strip():
        return ()
    text = "A public buyer is given neither a buyer's reference nor an order number."
    rule = BrokenRule(layer=OWN_LAYER, rule="BILAG-BUYER-REFERENCE", is_fatal=False, location="", text=text)
    return _findings([rule])


def check_ehf(data: bytes, *, today: date) -> CheckResult:
    """Check an EHF as bytes by the rules in force today and by our own."""
    rules = rules_in_force(today)
    broken, root = validator_for(rules).broken_rules(data)
    if root is not None:
        broken = [*broken, *own_broken_rules(root)]
    fatal = _findings(rule for rule in broken if rule.is_fatal)
    warnings = _findings(rule for rule in broken if not rule.is_fatal)
    count = validator_for(rules).rules_count + OWN_RULES_COUNT
    return CheckResult(fatal=fatal, warnings=warnings, rules=rules.description, rules_count=count)


def _findings(broken: Iterable[BrokenRule]) -> tuple[Finding, ...]:
    """The broken rules as findings; the same rule at the same field is told once."""
    findings: dict[tuple[str, str], Finding] = {}
    for rule in broken:
        field, sentence = explain(rule.rule, rule.location, rule.text)
        finding = Finding(rule=rule.rule, field=field, sentence=sentence, text=rule.text, layer=rule.layer)
        findings.setdefault((rule.rule, field), finding)
    return tuple(findings.values())
