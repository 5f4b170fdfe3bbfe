"""Schematron to XSLT 3.0: just the part of ISO Schematron that the official EHF rules use.

Schema, pattern, rule, assert, report, let, ns, XSLT function and key, and value-of and name in a message. Anything else
is refused, never skipped: a rule that we do not understand must not count as kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from foundation.xml import parse_xml

SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"
XSLT = "http://www.w3.org/1999/XSL/Transform"
COMPILER_VERSION = "1"  # part of the key under which compiled text is kept
SILENT = frozenset({"ns", "title", "phase", "p"})


class UnsupportedSchematron(ValueError):
    """The rules say something that this compiler has no words for."""


def compile_schematron(source: bytes) -> str:
    """The text of a stylesheet that writes one <f> for each broken rule, with id, flag, path and message."""
    root = parse_xml(source)
    if root.tag != f"{{{SCHEMATRON}}}schema":
        raise UnsupportedSchematron(f"the root element is {root.tag}, not a Schematron schema")
    patterns = [child for child in _elements(root) if child.tag == f"{{{SCHEMATRON}}}pattern"]
    body = [*_globals(root, patterns), *(_pattern(number, pattern) for number, pattern in enumerate(patterns))]
    prefixes = {child.get("prefix", ""): child.get("uri", "") for child in root.iterfind(f"{{{SCHEMATRON}}}ns")}
    namespaces = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in prefixes.items())
    calls = "".join(f'<xsl:apply-templates select="/" mode="p{number}"/>' for number in range(len(patterns)))
    return (
        f'<xsl:stylesheet version="3.0" xmlns:xsl="{XSLT}"{namespaces} '
        f'exclude-result-prefixes="{" ".join(prefixes)}" expand-text="no">'
        '<xsl:output method="xml" omit-xml-declaration="yes"/>'
        f'<xsl:template match="/"><r>{calls}</r></xsl:template>{"".join(body)}</xsl:stylesheet>'
    )


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    return (child for child in parent if isinstance(child.tag, str))


def _kind(element: etree._Element) -> str:
    """The local name of a Schematron element; a stranger keeps its namespace, and so is known for one."""
    return str(element.tag).removeprefix(f"{{{SCHEMATRON}}}")


def _globals(root: etree._Element, patterns: list[etree._Element]) -> Iterator[str]:
    """Functions, keys and variables outside a rule; their names must differ, for XSLT has one scope there."""
    names: set[str] = set()
    for element in (*_elements(root), *(child for pattern in patterns for child in _elements(pattern))):
        kind = _kind(element)
        if kind == "let":
            name = element.get("name", "")
            if name in names:
                raise UnsupportedSchematron(f"${name} is defined twice outside a rule")
            names.add(name)
            yield _variable(element)
        elif kind in (f"{{{XSLT}}}function", f"{{{XSLT}}}key"):
            yield etree.tostring(element, encoding="unicode", with_tail=False)
        elif kind not in SILENT | {"pattern", "rule"}:
            raise UnsupportedSchematron(f"line {element.sourceline}: {kind}")


def _variable(element: etree._Element) -> str:
    value = element.get("value")
    if value is None or len(element):
        raise UnsupportedSchematron(f"line {element.sourceline}: a let without a value")
    type_name = f" as={quoteattr(element.get('as', ''))}" if element.get("as") else ""
    return f"<xsl:variable name={quoteattr(element.get('name', ''))}{type_name} select={quoteattr(value)}/>"


def _pattern(number: int, pattern: etree._Element) -> str:
    """One mode for each pattern; in it the first rule in document order that matches a node wins."""
    if pattern.get("is-a") or pattern.get("abstract"):
        raise UnsupportedSchematron(f"line {pattern.sourceline}: an abstract pattern")
    rules = [child for child in _elements(pattern) if _kind(child) == "rule"]
    templates = (_rule(rule, mode=f"p{number}", priority=len(rules) - i) for i, rule in enumerate(rules))
    return f'<xsl:mode name="p{number}" on-no-match="shallow-skip"/>' + "".join(templates)


def _rule(rule: etree._Element, *, mode: str, priority: int) -> str:
    if rule.get("abstract") or rule.get("context") is None:
        raise UnsupportedSchematron(f"line {rule.sourceline}: an abstract rule")
    content = "".join(_test(child, rule) for child in _elements(rule))
    return (
        f'<xsl:template mode="{mode}" priority="{priority}" match={quoteattr(rule.get("context", ""))}>{content}'
        f'<xsl:apply-templates select="@*|node()" mode="{mode}"/></xsl:template>'
    )


def _test(element: etree._Element, rule: etree._Element) -> str:
    kind = _kind(element)
    test = element.get("test", "")
    if kind == "let":
        return _variable(element)
    if kind == "assert":
        return f"<xsl:if test={quoteattr(f'not({test})')}>{_broken(element, rule)}</xsl:if>"
    if kind == "report":
        return f"<xsl:if test={quoteattr(test)}>{_broken(element, rule)}</xsl:if>"
    if kind == "p":
        return ""
    raise UnsupportedSchematron(f"line {element.sourceline}: {kind} in a rule")


def _broken(element: etree._Element, rule: etree._Element) -> str:
    flag = element.get("flag") or rule.get("flag") or "fatal"
    attributes = f'id={quoteattr(element.get("id", ""))} flag={quoteattr(flag)} at="{{path(.)}}"'
    return f"<f {attributes}><xsl:text/>{escape(element.text or '')}{''.join(_message(element))}</f>"


def _message(element: etree._Element) -> Iterator[str]:
    for child in _elements(element):
        kind = _kind(child)
        if kind == "value-of":
            yield f"<xsl:value-of select={quoteattr(child.get('select', ''))}/>"
        elif kind == "name":
            yield f"<xsl:value-of select={quoteattr(child.get('path') or 'name(.)')}/>"
        elif kind in ("emph", "span", "dir"):
            yield escape("".join(map(str, child.itertext())))
        else:
            raise UnsupportedSchematron(f"line {child.sourceline}: {kind} in a message")
        yield escape(child.tail or "")
