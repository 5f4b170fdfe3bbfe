import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

import pytest

from foundation import ids
from foundation.ids import uuid7


def milliseconds(value: UUID) -> int:
    return value.int >> 80


def test_an_id_is_a_uuid_of_version_seven_and_carries_its_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before <= milliseconds(made) <= after + 1


def test_ids_of_one_process_are_ordered_as_they_were_made() -> None:
    made = [uuid7() for _ in range(50_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_ids_stay_ordered_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    hour_ago = time.time_ns() - 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: hour_ago)
    later = [uuid7() for _ in range(100)]
    assert [first, *later] == sorted([first, *later])


def test_a_full_counter_borrows_from_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    monkeypatch.setattr(ids._series, "counter", (1 << 74) - 1)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    second = uuid7()
    assert second > first
    assert milliseconds(second) == milliseconds(first) + 1


def test_many_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: [uuid7() for _ in range(2_000)], range(8)))
    assert len({one for batch in batches for one in batch}) == 16_000
    assert all(batch == sorted(batch) for batch in batches)


def test_a_forked_child_draws_ids_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    uuid7()
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)  # both draw within one millisecond
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"".join(uuid7().bytes for _ in range(1_000)))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        read = pipe.read()
    os.waitpid(child, 0)
    theirs = {read[start : start + 16] for start in range(0, len(read), 16)}
    assert len(theirs) == 1_000
    assert theirs.isdisjoint(uuid7().bytes for _ in range(1_000))


def test_a_child_forked_while_an_id_is_drawn_can_draw_its_own() -> None:
    with ids._series.lock:
        child = os.fork()
        if child == 0:
            signal.alarm(10)  # a child that waits for its parent's lock waits for ever
            uuid7()
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
