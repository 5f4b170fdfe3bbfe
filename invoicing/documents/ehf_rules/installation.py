"""Installing newer EHF rules: copied, compiled and tried on their examples beside the old, then switched in one step.

Two sets are kept, so that the rules of the next release can lie ready before the day on which they become mandatory.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from foundation.xml import parse_xml
from invoicing.documents.ehf_rules.compiled import compile_file
from invoicing.documents.ehf_rules.engine import ROOTS, Validator
from invoicing.documents.ehf_rules.rule_sets import (
    RECORD,
    SETS_KEPT,
    RuleSet,
    UnusableRules,
    installation_folder,
    installed_sets,
    read_folder,
)

RULE_FILES_MAX = 500
RULE_BYTES_MAX = 60 * 1024 * 1024
EXAMPLES_MAX = 2000
EXAMPLE_FOLDERS = ("examples", "cases")
EXPECTATIONS = "EXPECTED.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What was installed: the set, how many examples it judged rightly, and whether it was new."""

    rules: RuleSet
    examples: int
    is_new: bool


def install_rules(source: Path, *, mandatory_from: date | None, today: date) -> Installation:
    """Install the rules in the folder, or refuse them and leave everything as it was."""
    read_folder(source, source="folder", mandatory_from=mandatory_from)
    files = list(_rule_files(source))
    root = installation_folder()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as beside:
        copy = Path(beside) / "rules"
        for file in files:
            target = copy / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        rules = read_folder(copy, source="installed", mandatory_from=mandatory_from)
        examples = _try(rules, source)
        _write_record(copy, rules)
        final = root / f"{rules.peppol}-{_content_hash(files, source)}"
        is_new = not final.exists()
        if is_new:
            copy.rename(final)
        else:
            _write_record(final, rules)
    os.utime(root)  # running processes look at the folder's time to see that the rules have changed
    _drop_old_sets(today)
    return Installation(rules=read_folder(final, source="installed"), examples=examples, is_new=is_new)


def _rule_files(source: Path) -> Iterator[Path]:
    """The files of `sch/` and `xsd/`, within bounds; a link could point anywhere and is refused."""
    size = 0
    found = sorted((*(source / "sch").glob("*.sch"), *(source / "xsd").rglob("*.xsd")))
    for file in found:
        if file.is_symlink() or not file.is_file():
            raise UnusableRules(_("%(file)s is not an ordinary file.") % {"file": file})
        size += file.stat().st_size
        yield file
    if len(found) > RULE_FILES_MAX or size > RULE_BYTES_MAX:
        raise UnusableRules(_("%(folder)s is too large for a set of EHF rules.") % {"folder": source})


def _content_hash(files: list[Path], source: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(source)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _try(rules: RuleSet, source: Path) -> int:
    """Compile every rule file and judge every example found beside it; how many there were."""
    for schematron in sorted((rules.folder / "sch").glob("*.sch")):
        compile_file(schematron)
    validator = Validator(rules)
    return sum(_judge_examples(validator, source / folder) for folder in EXAMPLE_FOLDERS)


def _judge_examples(validator: Validator, folder: Path) -> int:
    """Judge the billing documents of one folder as its expectations say; the first wrong verdict refuses the rules."""
    if not (folder / EXPECTATIONS).is_file():
        return 0
    judged = 0
    expectations: dict[str, dict[str, list[str]]] = json.loads((folder / EXPECTATIONS).read_text(encoding="utf-8"))
    for name, expected in list(expectations.items())[:EXAMPLES_MAX]:
        data = (folder / name).read_bytes()
        if str(parse_xml(data).tag) not in ROOTS:
            continue
        judged += 1
        broken, _root = validator.broken_rules(data)
        fatal = sorted({rule.rule for rule in broken if rule.is_fatal})
        warnings = sorted({rule.rule for rule in broken if not rule.is_fatal})
        if (fatal, warnings) != (sorted(expected["fatal"]), sorted(expected["warning"])):
            found = ", ".join([*fatal, *warnings]) or _("nothing")
            text = _("The EHF rules judge the example %(file)s wrongly: they find %(found)s.")
            raise UnusableRules(text % {"file": name, "found": found})
    return judged


def _write_record(folder: Path, rules: RuleSet) -> None:
    record = {
        "en16931": rules.en16931,
        "peppol": rules.peppol,
        "mandatory_from": rules.mandatory_from.isoformat(),
    }
    beside = folder / f".{RECORD}.new"
    beside.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    beside.replace(folder / RECORD)


def _drop_old_sets(today: date) -> None:
    """Keep the set in force and the newest of the others."""
    sets = installed_sets()
    in_force = [rules for rules in sets if rules.mandatory_from <= today][-1:]
    others = [rules for rules in sets if rules not in in_force]
    for rules in others[: max(0, len(sets) - SETS_KEPT)]:
        shutil.rmtree(rules.folder)
    os.utime(installation_folder())
