"""The journal survives what kills its process."""

import asyncio
import errno
import json

import pytest

from factory.engines.scripted import Spec
from factory.journal import Journal, Journaled
from factory.meter import Meter
from factory.request import Choice, Fault, Reply, Request


def reply(text: str) -> Reply:
    return Reply((Choice(text, reasoning="so"), Choice("日本語", "length")), 3, 4, "toy")


def reopened(folder) -> Journal:
    journal = Journal(folder)
    journal.open()
    return journal


def test_what_was_added_is_found_by_the_next_process(tmp_path):
    first = reopened(tmp_path)
    first.add("a" * 24, reply("one"))
    assert first.get("a" * 24) == reply("one")
    second = reopened(tmp_path)  # the first was never closed, as after a kill
    assert second.get("a" * 24) == reply("one") and second.get("b" * 24) is None
    first.close()
    second.close()


def test_a_line_cut_off_is_ignored_and_spoils_nothing(tmp_path):
    journal = reopened(tmp_path)
    journal.add("a" * 24, reply("one"))
    journal.add("b" * 24, reply("two"))
    journal.close()
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-10])
    later = reopened(tmp_path)
    assert later.get("a" * 24) == reply("one") and later.get("b" * 24) is None
    later.add("b" * 24, reply("two again"))
    later.close()
    last = reopened(tmp_path)
    assert last.get("b" * 24) == reply("two again")
    last.close()


def test_a_full_disk_is_an_error_and_not_a_short_line(tmp_path, monkeypatch):
    journal = reopened(tmp_path)
    monkeypatch.setattr("os.write", lambda handle, line: len(line) - 1)
    with pytest.raises(OSError) as error:
        journal.add("a" * 24, reply("one"))
    assert error.value.errno == errno.ENOSPC
    monkeypatch.undo()
    journal.close()


def test_one_request_is_never_in_flight_twice(tmp_path):
    async def ask_three_times() -> tuple[list[Reply], Meter]:
        journal, meter = reopened(tmp_path), Meter()
        engine = Journaled(Spec(script="tests.toys:echo", delay=0.05).build(), journal, {"model": "m"}, meter)
        replies = await asyncio.gather(*(engine.ask(Request(prompt="same")) for _ in range(3)))
        journal.close()
        return replies, meter

    replies, meter = asyncio.run(ask_three_times())
    assert len(set(replies)) == 1 and meter.reused == 2


def test_a_fault_is_not_kept():
    assert Request(prompt="x").key({"model": "a"}) != Request(prompt="x").key({"model": "b"})
    assert str(Fault("timeout", "late")) == "timeout: late"


COPY = """
name: {name}
seed: 3
engines: {{e: {{kind: scripted, script: "tests.toys:echo", model: {model}}}}}
stages:
  - tests.toys:Numbers: {{count: 40}}
  - tests.toys:Ask: {{engine: e, times: 2}}
"""


def asked(out, name: str, key: str = "sent") -> int:
    return json.loads((out / name / "run.json").read_text())["requests"][key]


def keys(out) -> set[str]:
    lines = (line for file in (out / "journal").glob("*/*.jsonl") for line in file.read_text().splitlines())
    return {json.loads(line)["key"] for line in lines}


def test_a_second_pipeline_that_asks_the_same_pays_for_none(write, factory, tmp_path):
    for name, model in {"first": "m", "second": "m", "third": "other"}.items():
        path = write(COPY.format(name=name, model=model))
        assert factory("run", path, "--out", tmp_path / "out" / name).code == 0
    assert [asked(tmp_path / "out", name) for name in ("first", "second", "third")] == [80, 0, 80]
    assert asked(tmp_path / "out", "second", "reused") == 80


def test_three_runs_with_the_same_seed_ask_the_same_requests(write, factory, tmp_path):
    path = write(COPY.format(name="toy", model="m"))
    found = []
    for number, rows in enumerate((7, 500, 13)):
        out = tmp_path / str(number)
        assert factory("run", path, "--out", out / "toy", "--set", f"partition_rows={rows}").code == 0
        found.append(keys(out))
    assert found[0] == found[1] == found[2] and len(found[0]) == 80
    assert factory("run", path, "--out", tmp_path / "other/toy", "--set", "seed=4").code == 0
    assert not keys(tmp_path / "other") & found[0]


def test_fresh_asks_everything_again(write, factory, tmp_path):
    path = write(COPY.format(name="toy", model="m"))
    assert factory("run", path, "--out", tmp_path / "out/toy").code == 0
    assert factory("run", path, "--out", tmp_path / "out/toy", "--fresh").code == 0
    assert asked(tmp_path / "out", "toy") == 80


def test_a_journal_that_cannot_be_written_is_told_in_one_line(write, factory, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/journal").write_text("a file where the folder should be")
    result = factory("run", write(COPY.format(name="toy", model="m")), "--out", tmp_path / "out/toy")
    assert result.code == 2 and "the journal cannot be written" in result.err and len(result.err.splitlines()) == 1
    result = factory("plan", write(COPY.format(name="journal", model="m")))
    assert result.code == 2 and "choose another name" in result.err
