"""A step is done again exactly when something that it depends on has changed."""

from pathlib import Path

from machine import stamps


def test_a_stamp_speaks_of_one_value(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    assert not stamps.is_current(stamp, "one")
    stamps.renew(stamp, "one")
    assert stamps.is_current(stamp, "one")
    assert not stamps.is_current(stamp, "two")


def test_the_digest_depends_on_contents_names_and_facts_but_not_on_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    second.write_text("2")
    before = stamps.digest([first, second], "fact")
    assert stamps.digest([second, first], "fact") == before
    assert stamps.digest([first, second], "other fact") != before
    assert stamps.digest([first]) != before
    second.write_text("3")
    assert stamps.digest([first, second], "fact") != before
