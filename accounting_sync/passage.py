"""One voucher's passage: the writing steps of its adapter, one call each, and never the same effect twice.

Before each writing call the step is written down and committed; a worker that dies, or a call that nobody answers,
leaves a step that may have happened. Such a step is only ever looked for. It is made once more when it was looked for
twice, with a pause between, and certainly is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn

import simplejson
from django.utils import timezone

from accounting_sync.actions.passages import ATTEMPTS_MAX, later, put_off, reason, write_item, write_put_off
from accounting_sync.mapping.comparing import Difference, differences, expected_of
from accounting_sync.mapping.entries import Entry, Remote
from accounting_sync.mapping.storing import remote_of_json, remote_to_json
from accounting_sync.models import PushAttempt, SyncItem, SyncState
from accounting_sync.providers.base import PREPARING, Answer, Call, CannotBeTaken, Problem, ProblemKind, first_made
from accounting_sync.providers.payloads import payload_hash
from accounting_sync.providers.refusing import refuse_what_is_not_taken
from accounting_sync.providers.transport import NoAnswer, NotSent
from accounting_sync.queries.items import linked_elsewhere
from accounting_sync.secrets import without_secrets
from accounting_sync.talking import Objection, Talk
from foundation import rows
from foundation.ids import uuid7
from foundation.transactions import read_only

LOOKS_BEFORE_AGAIN = 2
LOOK_PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5))
KEPT_TEXT_MAX = 16 * 1024
ATTACH = "attach"
# What may have happened; what has not; what a person or a mapping must mend.
IN_DOUBT = frozenset({ProblemKind.UNKNOWN, ProblemKind.CONFLICT})
PAUSING = frozenset({ProblemKind.TRANSIENT, ProblemKind.RATE_LIMITED, ProblemKind.ACCESS_EXPIRED})


class Halted(RuntimeError):
    """The item goes no further now; where it stands and why is written down."""


class LaneRests(RuntimeError):
    """Nothing more can be done on this connection now; the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


@dataclass(slots=True)
class Passage:
    """An item on its way, with its entry and the conversation that carries it."""

    talk: Talk
    item: SyncItem
    entry: Entry
    pdf: bytes | None = None
    tries: list[PushAttempt] | None = None

    def run(self) -> SyncState:
        """Bring the item as far as it goes now; raises LaneRests where the whole connection must wait."""
        with suppress(Halted):
            self._go()
        return SyncState(self.item.state)

    def _go(self) -> None:
        if self.item.state != SyncState.WAITING:  # nothing of another item stays unwritten while this one is asked for
            write_put_off(self.talk.lane)
        if self.item.state != SyncState.SENT:
            try:
                refuse_what_is_not_taken(self.talk.adapter, self.entry)
            except CannotBeTaken as refusal:
                self._stop(SyncState.REFUSED, reason("cannot", text=str(refusal)))
            self._make_all()
        self._confirm()

    def _make_all(self) -> None:
        done = self._done()
        for step in self._steps():
            if step in done:
                continue
            is_in_doubt = self.item.state in (SyncState.SENDING, SyncState.UNKNOWN) and self.item.step == step
            done[step] = self._looked_for(step, done) if is_in_doubt else self._made(step, done)

    def _confirm(self) -> None:
        """Read back what was pushed and compare it; only this makes an item posted."""
        done = self._done()
        call = self.talk.adapter.read(self.entry, done)
        try:
            answer = self.talk.ask(call)
        except Objection as objection:
            self._note(call, "read", None, objection.problem.kind, objection.problem.text)
            self._not_read(objection.problem)
        except (NoAnswer, NotSent) as error:
            self._note(call, "read", None, ProblemKind.UNKNOWN, str(error))
            self._not_read(Problem(ProblemKind.UNKNOWN, str(error)))
        self._note(call, "read", answer, "done")
        self._differs_or_confirms(done, self.talk.adapter.read_back(self.entry, answer))

    def _differs_or_confirms(self, done: Mapping[str, Remote], remote: Remote) -> None:
        if remote.is_nothing:
            self._stop(SyncState.DIFFERS, reason("gone"))
        told = replace(remote, facts={**_facts_of(done), **remote.facts})
        found = differences(expected_of(self.entry), told)
        if found:
            self._differs(found, told)
        first = first_made(done) or told
        # A worker that dies before it is written leaves it as it was: it is looked for or read once more.
        self._put_off(
            state=SyncState.CONFIRMED,
            reason={},
            step="",
            remote=remote_to_json(told),
            remote_id=(self.item.remote_id or first.id or told.id)[:120],
            remote_number=(told.number or first.number or first.id)[:60],
            confirmed_at=self.item.confirmed_at or timezone.now(),
        )

    def _done(self) -> dict[str, Remote]:
        return {step: remote_of_json(value) for step, value in self.item.done.items()}

    def _steps(self) -> Sequence[str]:
        """The adapter's steps; the file is only sent where somebody has it and wants it sent."""
        steps = self.talk.adapter.steps(self.entry)
        wants_file = self.talk.connection.attaches_files and self.pdf is not None
        return [step for step in steps if step != ATTACH or wants_file]

    # Making a step.

    def _made(self, step: str, done: Mapping[str, Remote]) -> Remote:
        """What the step made; raises Halted where it did not come to that."""
        call = self._with_file(step, self.talk.adapter.build(step, self.entry, done))
        self._begin(step, call, is_first=not done)
        try:
            answer = self.talk.ask(call)
        except Objection as objection:
            self._note(call, step, None, objection.problem.kind, objection.problem.text)
            return self._objected(step, done, objection.problem)
        except NotSent as error:
            self._note(call, step, None, "not_sent", str(error))
            self._pause(Problem(ProblemKind.TRANSIENT, str(error)))
        except NoAnswer as error:
            self._note(call, step, None, ProblemKind.UNKNOWN, str(error))
            self._doubt(str(error))
        self._note(call, step, answer, "done")
        try:
            made = self.talk.adapter.parse(step, self.entry, answer)
        except CannotBeTaken as refusal:  # what it computed beforehand is not ours
            self._stop(SyncState.REFUSED, reason("cannot", text=str(refusal)))
        return self._keep(step, made)

    def _begin(self, step: str, call: Call, *, is_first: bool) -> None:
        values: dict[str, Any] = {"state": SyncState.SENDING, "step": step, "reason": {}, "looks": 0}
        if is_first:
            values |= {
                "payload_hash": payload_hash(call),
                "amount": self.entry.total,
                "base_amount": self.entry.base_total,
                "accounts": _accounts_of(self.entry),
            }
        self._write(**values)

    def _with_file(self, step: str, call: Call) -> Call:
        if step != ATTACH or self.pdf is None:
            return call
        if call.upload is not None:
            return replace(call, upload=replace(call.upload, content=self.pdf))
        return replace(call, content=self.pdf)

    def _keep(self, step: str, remote: Remote) -> Remote:
        """The step is done: what it made is written down before anything else is asked.

        After the last step the document is read back at once, and both are written together. A worker that dies before
        leaves a step that may have happened; where the accounting system cannot be asked for it, nothing is put off.
        """
        now = timezone.now()
        made = {**self.item.done, step: remote_to_json(remote)}
        values: dict[str, Any] = {"state": SyncState.SENT, "step": "", "done": made, "attempts": 0, "looks": 0}
        if [each for each in made if not each.startswith(PREPARING)] == [step]:
            values |= {"remote_id": remote.id[:120], "remote_number": remote.number[:60], "sent_at": now}
        if any(each not in made for each in self._steps()):
            values["state"] = SyncState.WAITING
        is_all = values["state"] == SyncState.SENT
        if is_all and self.talk.adapter.find(step, self.entry, self._done()) is not None:
            self._put_off(**values)
        else:
            self._write(**values)
        return remote

    # Looking for a step that may have happened.

    def _looked_for(self, step: str, done: Mapping[str, Remote]) -> Remote:
        """The step as it stands there, or made once more where it certainly does not."""
        call = self.talk.adapter.find(step, self.entry, done)
        if call is None:
            self._ask_people(step)
        try:
            found = self._found(step, call)
        except Objection as objection:
            self._note(call, step, None, objection.problem.kind, objection.problem.text)
            self._doubt(objection.problem.text, objection.problem)
        except (NoAnswer, NotSent) as error:
            self._note(call, step, None, ProblemKind.UNKNOWN, str(error))
            self._doubt(str(error))
        if found:
            return self._recognized(step, found)
        if self.item.looks + 1 < LOOKS_BEFORE_AGAIN:
            self._doubt(str(self.item.reason.get("text", "")), is_looked=True)
        return self._made(step, done)

    def _found(self, step: str, call: Call) -> list[Remote]:
        """What is ours of all pages; what already stands for another voucher of ours is not."""
        remotes: list[Remote] = []
        for page, answer in self.talk.pages(call):
            self._note(page, f"find {step}"[:20], answer, "done")
            remotes += self.talk.adapter.found(step, self.entry, answer)
        if step.startswith(PREPARING):
            return remotes  # what several vouchers use
        if any(not each.startswith(PREPARING) for each in self.item.done):
            return remotes  # files and bookings of a document that is known to be ours
        with read_only():
            others = linked_elsewhere(self.item, [remote.id for remote in remotes])
        return [remote for remote in remotes if remote.id not in others]

    def _recognized(self, step: str, found: Sequence[Remote]) -> Remote:
        if len(found) > 1:
            ids = [remote.id for remote in found]
            self._stop(SyncState.DIFFERS, reason("doubled", ids=ids), remote=remote_to_json(found[0]))
        unlike = differences(expected_of(self.entry), found[0]) if first_made(self.item.done) is None else []
        serious = [difference for difference in unlike if difference.name != "booked"]
        if serious:
            self._differs(serious, found[0])
        return self._keep(step, found[0])

    # What goes wrong.

    def _objected(self, step: str, done: Mapping[str, Remote], problem: Problem) -> Remote:
        """What a refused step comes to: only a number that is taken may turn out to be this very step."""
        is_file = step == ATTACH and problem.kind in (ProblemKind.INVALID, ProblemKind.MISSING)
        if problem.kind != ProblemKind.DUPLICATE and not is_file:
            self._objected_for_good(problem)
        if is_file:  # the document stands there; its file alone was refused
            return self._keep(step, Remote(id="", facts={"file_refused": problem.text[:200]}))
        return self._taken(step, done, problem)

    def _objected_for_good(self, problem: Problem) -> NoReturn:
        if problem.kind in IN_DOUBT:
            self._doubt(problem.text, problem)
        if problem.kind in PAUSING or problem.kind == ProblemKind.ACCESS_ENDED:
            self._pause(problem)
        if problem.kind == ProblemKind.PERIOD_CLOSED:
            closed = reason("period_closed", day=self.entry.day.isoformat(), text=problem.text)
            self._stop(SyncState.BLOCKED, closed)
        self._stop(SyncState.REFUSED, reason(problem.kind.value, text=problem.text, code_there=problem.code))

    def _taken(self, step: str, done: Mapping[str, Remote], problem: Problem) -> Remote:
        """The number is taken: by this very voucher, pushed before, or by something else."""
        call = self.talk.adapter.find(step, self.entry, done)
        try:
            found = self._found(step, call) if call is not None else []
        except (Objection, NoAnswer, NotSent) as error:
            self._doubt(str(error))
        if not found:
            self._stop(SyncState.REFUSED, reason("number_taken", text=problem.text))
        return self._recognized(step, found)

    def _doubt(self, text: str, problem: Problem | None = None, *, is_looked: bool = False) -> NoReturn:
        """It may have happened: look for it after a pause, and let nothing else be written meanwhile."""
        looks = self.item.looks + 1 if is_looked else self.item.looks
        attempts = self.item.attempts + 1
        pause = LOOK_PAUSES[min(attempts, len(LOOK_PAUSES)) - 1]
        if attempts > ATTEMPTS_MAX:
            self._stop(
                SyncState.UNKNOWN, reason("unknown_for_long", text=text), next_at=timezone.now() + LOOK_PAUSES[-1] * 12
            )
        self._write(
            state=SyncState.UNKNOWN,
            reason=reason("unknown", text=text[:300]),
            next_at=timezone.now() + pause,
            attempts=attempts,
            looks=looks,
        )
        if problem is not None and problem.kind in (*PAUSING, ProblemKind.ACCESS_ENDED):
            raise LaneRests(problem)
        raise Halted

    def _ask_people(self, step: str) -> NoReturn:
        """The accounting system cannot be asked: a person looks and says what is there."""
        self._stop(SyncState.UNKNOWN, reason("ask", step=step), next_at=timezone.now() + timedelta(days=365))

    def _pause(self, problem: Problem) -> NoReturn:
        """It certainly did not happen: try again later, the whole connection where it is not this voucher's fault."""
        if problem.kind == ProblemKind.TRANSIENT and self.item.attempts + 1 >= ATTEMPTS_MAX:
            self._stop(SyncState.REFUSED, reason("given_up", text=problem.text[:300]))
        is_its_own = problem.kind == ProblemKind.TRANSIENT
        now = timezone.now()
        self._write(
            state=SyncState.WAITING,
            step="",
            reason=reason(problem.kind.value, text=problem.text[:300]),
            attempts=self.item.attempts + 1 if is_its_own else self.item.attempts,
            next_at=later(self.item, now=now) if is_its_own else now,
        )
        raise LaneRests(problem)

    def _not_read(self, problem: Problem) -> NoReturn:
        """It stands there, as far as anybody knows: read it again later."""
        if problem.kind == ProblemKind.MISSING:
            self._stop(SyncState.DIFFERS, reason("gone", text=problem.text[:300]))
        attempts = self.item.attempts + 1
        if attempts > ATTEMPTS_MAX or problem.kind == ProblemKind.INVALID:
            self._stop(SyncState.DIFFERS, reason("unread", text=problem.text[:300]))
        self._write(state=SyncState.SENT, step="", attempts=attempts, next_at=later(self.item, now=timezone.now()))
        if problem.kind in (*PAUSING, ProblemKind.ACCESS_ENDED):
            raise LaneRests(problem)
        raise Halted

    def _differs(self, found: Sequence[Difference], remote: Remote) -> NoReturn:
        told = [[difference.name, difference.ours, difference.theirs] for difference in found]
        self._stop(
            SyncState.DIFFERS,
            reason("differs", differences=told),
            remote=remote_to_json(remote),
            remote_id=remote.id[:120],
            remote_number=remote.number[:60],
        )

    def _stop(self, state: SyncState, why: Mapping[str, Any], **values: Any) -> NoReturn:
        step = self.item.step if state == SyncState.UNKNOWN else ""
        self._write(state=state, reason=dict(why), step=step, **values)
        raise Halted

    # Writing down.

    def _write(self, **values: Any) -> None:
        write_item(self.item, self.talk.lane, self._taken_tries(), now=timezone.now(), **values)

    def _put_off(self, **values: Any) -> None:
        put_off(self.item, self.talk.lane, self._taken_tries(), now=timezone.now(), **values)

    def _taken_tries(self) -> Sequence[PushAttempt]:
        tries, self.tries = self.tries or [], None
        return tries

    def _note(self, call: Call, step: str, answer: Answer | None, outcome: str, text: str = "") -> None:
        """Remember a call until the next writing; keys are not kept, and files not either."""
        sent = "" if call.body is None else simplejson.dumps(call.body, use_decimal=True, ensure_ascii=False)
        came = answer.content.decode("utf-8", "replace") if answer is not None and not call.is_reading else text
        attempt = rows.fresh(
            PushAttempt,
            id=uuid7(),
            organization_id=self.item.organization_id,
            item_id=self.item.pk,
            step=step[:20],
            method=call.method,
            path=without_secrets(call.path, self.talk.secrets)[:300],
            request=without_secrets(sent, self.talk.secrets)[:KEPT_TEXT_MAX],
            status=answer.status if answer is not None else None,
            answer=without_secrets(came, self.talk.secrets)[:KEPT_TEXT_MAX],
            outcome=str(outcome)[:20],
            milliseconds=self.talk.last_milliseconds,
            made_at=timezone.now(),
        )
        self.tries = [*(self.tries or []), attempt]


def _facts_of(done: Mapping[str, Remote]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for remote in done.values():
        facts |= remote.facts
    return facts


def _accounts_of(entry: Entry) -> dict[str, str]:
    """What was pushed per account of theirs, for the sums of the reconciliation."""
    sums: dict[str, Any] = {}
    for line in entry.lines:
        code = line.account.code or line.account.id
        sums[code] = sums.get(code, 0) + line.amount
    return {code: str(amount) for code, amount in sums.items()}
