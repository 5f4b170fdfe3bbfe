"""Checking a pack from beginning to end, and saying what was found."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from invoicing.proof_pack.checker.chains import Chains
from invoicing.proof_pack.checker.container import FolderPack, ZipPack
from invoicing.proof_pack.checker.findings import Findings
from invoicing.proof_pack.checker.papers import check_papers
from invoicing.proof_pack.checker.records import (
    Known,
    check_document,
    check_files,
    check_history,
    check_sources,
    check_vouchers,
    parsed,
)

SCHEMA = 1
DESCRIPTION = "Check a proof pack: every byte, every hash, every chain and every sum. Needs no network."


def check_pack(pack: ZipPack | FolderPack, findings: Findings) -> dict[str, Any]:
    """Look at everything in a pack; returns what it says of itself and of its chains."""
    known = Known()
    chains = Chains(known, findings)
    said: dict[str, Any] = {}
    for folder, members in _by_folder(pack.members(), chains):
        if folder:
            _check_folder(folder, members, known, findings)
        else:
            said = {
                name: parsed(members[name], name, findings) for name in ("pack.json", "chains.json") & members.keys()
            }
    about, ends = said.get("pack.json"), said.get("chains.json")
    if about is None or ends is None:
        findings.problem("pack.json or chains.json is missing.")
        return {"about": about or {}, "chains": []}
    if about.get("schema") != SCHEMA:
        findings.problem(f"pack.json: this checker knows packs of schema {SCHEMA}, not {about.get('schema')}.")
    if about.get("documents") != findings.counts["documents"]:
        findings.problem(
            f"pack.json: says {about.get('documents')} documents, there are {findings.counts['documents']}."
        )
    try:
        return {"about": about, "chains": list(chains.close(ends))}
    except (KeyError, TypeError) as error:
        findings.problem(f"chains.json: does not say what it should ({error!r}).")
        return {"about": about, "chains": []}


def _by_folder(members: Iterator[tuple[str, bytes]], chains: Chains) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The members of one document at a time; at last, under no name, those that belong to none."""
    loose: dict[str, bytes] = {}
    folder, own = "", dict[str, bytes]()
    for name, data in members:
        parts = name.split("/", 2)
        if parts[0] == "documents" and len(parts) == 3:
            if parts[1] != folder and folder:
                yield folder, own
                own = {}
            folder = parts[1]
            own[parts[2]] = data
        elif parts[0] == "chains":
            if folder:
                yield folder, own
                folder, own = "", {}
            chains.follow(name, data)
        else:
            loose[name] = data
    if folder:
        yield folder, own
    yield "", loose


def _check_folder(name: str, members: dict[str, bytes], known: Known, findings: Findings) -> None:
    told = {}
    for member in ("document.json", "sources.json", "vouchers.json", "history.json"):
        if member not in members:
            findings.problem(f"documents/{name}/{member}: is missing.")
            return
        told[member] = parsed(members[member], f"documents/{name}/{member}", findings)
        if told[member] is None:
            return
    document = told["document.json"]
    try:
        check_document(name, document, known, findings)
        check_files(name, document, members, findings)
        check_sources(name, document, told["sources.json"], findings)
        check_papers(name, document, members, findings)
        check_vouchers(name, document, told["vouchers.json"], known, findings)
        check_history(name, told["history.json"], known, findings)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        findings.problem(f"Document {name}: its records do not say what they should ({error!r}).")


def report(found: dict[str, Any], fingerprint: str, findings: Findings) -> Iterator[str]:
    """What was looked at, what is whole and what is not, line by line."""
    about = found["about"]
    organization = about.get("organization", {})
    yield f"{organization.get('name', '?')} ({organization.get('organization_number', '?')}), {about.get('what', '?')}"
    yield f"Made {about.get('taken_at', '?')} by {about.get('taken_by', '?')}"
    yield f"Fingerprint of the pack: {fingerprint or 'none'}"
    for what, count in sorted(findings.counts.items()):
        yield f"  {count:>8} {what}"
    yield from (f"  {sentence}" for sentence in found["chains"])
    yield from (f"Note: {note}" for note in findings.notes)
    if not findings.problems:
        yield "WHOLE: every byte, hash, chain and sum is as it was when the pack was made."
        return
    count = len(findings.problems) + findings.left_out
    yield f"NOT WHOLE: {count} {'thing is' if count == 1 else 'things are'} not as they were:"
    yield from (f"  - {problem}" for problem in findings.problems)


def main(arguments: list[str] | None = None) -> int:
    """0: whole; 1: something is not as it was; 2: there is nothing to check."""
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("pack", nargs="?", help="the zip, or the folder that it was unpacked into")
    parser.add_argument("--fingerprint", help="refuse a pack with another fingerprint than this one")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    path = options.pack or os.path.dirname(os.path.abspath(__file__))
    findings = Findings()
    try:
        pack = FolderPack(path, findings) if os.path.isdir(path) else ZipPack(path, findings)
    except OSError as error:
        print(f"Cannot read {path}: {error.strerror}.", file=sys.stderr)
        return 2
    found = check_pack(pack, findings)
    if options.fingerprint and options.fingerprint.lower() != pack.fingerprint:
        findings.problem("The pack has another fingerprint than the one that was given.")
    if options.json:
        answer = {"whole": not findings.problems, "fingerprint": pack.fingerprint, "problems": findings.problems}
        print(json.dumps({**answer, **found, "notes": findings.notes, "seen": findings.counts}, ensure_ascii=False))
    else:
        for line in report(found, pack.fingerprint, findings):
            print(line)
    return 1 if findings.problems else 0
