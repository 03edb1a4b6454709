"""Several servers as one engine, against real servers that are slow, full, hung or gone."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from tests.server import FAULTS, Server, always, answer

PIPELINE = """
name: toy
engines:
  e:
    kind: openai
    model: toy
    {settings}
    base_url: {endpoints}
stages:
  - tests.toys:Numbers: {{count: {count}}}
  - tests.toys:Ask: {{engine: e}}
export: {{sft: {{prompt: language, completion: language}}, carry: [said]}}
"""


@pytest.fixture
def fleet(write):
    """Write a pipeline over endpoints: servers, or blocks of the YAML."""

    def _fleet(*endpoints: Server | str | dict, count: int = 100, **settings: object):
        blocks = [endpoint.url if isinstance(endpoint, Server) else endpoint for endpoint in endpoints]
        lines = "\n    ".join(f"{key}: {json.dumps(value)}" for key, value in settings.items())
        return write(PIPELINE.format(endpoints=json.dumps(blocks), count=count, settings=lines))

    return _fleet


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Let something happen beside the run."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    yield
    thread.join(20)
    assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(condition)
        time.sleep(0.005)


def asked(server: Server) -> int:
    return sum(server.asked.values())


def outcome(root) -> dict:
    return json.loads((root / "run.json").read_text())


def accepted(root) -> int:
    return outcome(root)["stages"][1]["accepted"]


# -- load ---------------------------------------------------------------------------------------------------------


def test_servers_share_the_load_by_their_speed(fleet, factory, tmp_path):
    with Server(seconds=0.03) as fast, Server(seconds=0.09) as slow:
        path = fleet(fast, slow, count=400, concurrency=8)
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert asked(fast) + asked(slow) == 400
    assert 0.18 < asked(slow) / 400 < 0.32


def test_no_server_is_asked_more_at_once_than_its_concurrency(fleet, factory, tmp_path):
    with Server(seconds=0.02) as small, Server(seconds=0.02) as large:
        path = fleet({"base_url": small.url, "concurrency": 3}, {"base_url": large.url, "concurrency": 12}, count=300)
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert (small.most_at_once, large.most_at_once) == (3, 12)


def test_the_requests_of_a_server_that_dies_do_not_flood_the_others(fleet, factory, tmp_path):
    with Server(seconds=0.02) as small, Server(seconds=0.1) as large:

        def die() -> None:
            until(lambda: asked(large) > 60)
            large.stop()

        path = fleet({"base_url": small.url, "concurrency": 3}, {"base_url": large.url, "concurrency": 48}, count=300)
        with meanwhile(die):
            assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 300
    assert small.most_at_once == 3


def test_without_concurrency_the_limit_settles_where_a_server_turns_away(fleet, factory, tmp_path):
    with Server(seconds=0.04, room=24) as server:
        path = fleet(server, count=2000)
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 2000
    assert 20 <= server.most_at_once <= 24
    assert server.turned_away < 0.1 * 2000


# -- death --------------------------------------------------------------------------------------------------------


def test_a_server_that_dies_loses_no_row_and_gets_work_again_when_it_is_back(fleet, factory, tmp_path):
    times: dict[str, float] = {}

    async def noted(body, before):
        times[body["prompt"]] = time.monotonic()

    died = 0.0
    with Server(seconds=0.05) as mortal, Server(noted, seconds=0.05) as other:
        before_death: dict[str, int] = {}

        def die_for_a_while() -> None:
            nonlocal died
            until(lambda: asked(mortal) >= 60)
            died = time.monotonic()
            mortal.stop()
            before_death.update(mortal.asked)
            seen = asked(other)
            until(lambda: asked(other) >= seen + 150)
            mortal.start()

        path = fleet(mortal, other, count=900, concurrency=8)
        with meanwhile(die_for_a_while):
            assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 900
    assert asked(mortal) > sum(before_death.values()) + 100
    lost = [times[prompt] - died for prompt in before_death if prompt in times]
    assert 1 <= len(lost) <= 8
    assert max(lost) < 0.3, "the other server was free for them at once"


def test_a_run_waits_while_every_server_is_gone_and_goes_on(fleet, factory, tmp_path):
    with Server(seconds=0.02) as first, Server(seconds=0.02) as second:

        def die_for_a_while() -> None:
            until(lambda: asked(first) >= 40)
            first.stop()
            second.stop()
            time.sleep(2)
            second.start()
            first.start()

        path = fleet(first, second, count=400, concurrency=8, patience=20)
        with meanwhile(die_for_a_while):
            assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 400
    assert asked(first) + asked(second) <= 400 + 16, "what was in flight is asked again, and nothing else"


def test_servers_gone_for_good_end_the_run_and_a_rerun_asks_only_the_rest(fleet, factory, tmp_path):
    with Server(seconds=0.02) as first, Server(seconds=0.02) as second:

        def die() -> None:
            until(lambda: asked(first) >= 60)
            first.stop()
            second.stop()

        path = fleet(first, second, count=300, concurrency=8, patience=1)
        with meanwhile(die):
            began = time.monotonic()
            result = factory("run", path, "--out", tmp_path / "out")
        assert result.code == 1 and time.monotonic() - began < 10
        assert result.err.count("\n") == 1 and "Traceback" not in result.err
        assert "engine e has not answered for 1 s" in result.err
        assert "the same command goes on from here" in result.err
        done = asked(first) + asked(second)
        first.start()
        second.start()
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert asked(first) + asked(second) - done <= 300 - (done - 16)
    assert accepted(tmp_path / "out") == 300


@pytest.mark.parametrize("whole", [True, False])
def test_a_server_that_hangs_is_taken_out(fleet, factory, tmp_path, whole):
    """Wholly, or so that it still lists its models, as a server whose engine hangs behind it does."""
    stuck = threading.Event()

    async def hang(body, before):
        return FAULTS["never answers"] if stuck.is_set() else None

    with Server(hang, seconds=0.02) as hanging, Server(seconds=0.02) as other:

        def get_stuck() -> None:
            until(lambda: asked(hanging) >= 40)
            stuck.set()
            hanging.hung = whole

        path = fleet(hanging, other, count=1200, concurrency=8, timeout=0.5)
        with meanwhile(get_stuck):
            began = time.monotonic()
            assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 1200
    assert asked(hanging) < 40 + 8 + (1 if whole else 16)
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("fault", ["502", "closed without a word"])
def test_a_server_that_turns_everything_away_draws_no_requests_from_the_others(fleet, factory, tmp_path, fault):
    """A proxy whose server is gone, a server that loads: it is always the least full one."""
    with Server(always(FAULTS[fault])) as broken, Server(seconds=0.02) as other:
        path = fleet(broken, other, count=600, concurrency=8, patience=1)
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 600
    assert asked(broken) < 60


def test_a_server_that_asks_for_patience_is_left_alone_while_the_other_works(fleet, factory, tmp_path):
    told = threading.Event()

    async def once(body, before):
        if told.is_set() or asked(busy) < 40:
            return None
        told.set()
        return FAULTS["429 with Retry-After"]

    with Server(once, seconds=0.02) as busy, Server(seconds=0.02) as other:
        path = fleet(busy, other, count=600, concurrency=8)
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert accepted(tmp_path / "out") == 600
    assert asked(other) > asked(busy) + 200


def test_a_row_that_a_gateway_always_gives_up_fails_alone(fleet, factory, tmp_path):
    """A proxy answers 504 to what takes too long: that says something of the row, as long as others are answered."""

    async def too_long(body, before):
        return web.Response(status=504) if body["prompt"] == "number 3" else None

    with Server(too_long, seconds=0.05) as server:
        path = fleet(server, count=250, concurrency=8, patience=1, attempts=3)
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert (accepted(tmp_path / "out"), outcome(tmp_path / "out")["stages"][1]["failed"]) == (249, 1)


# -- the start ----------------------------------------------------------------------------------------------------


def test_a_run_starts_with_the_servers_that_are_there_and_takes_in_the_others(fleet, factory, tmp_path):
    late = Server(seconds=0.02)
    late.start()
    late.stop()
    with Server(seconds=0.02) as there:

        def come() -> None:
            until(lambda: asked(there) >= 100)
            late.start()

        path = fleet(late, there, count=600, concurrency=4)
        with meanwhile(come):
            assert factory("run", path, "--out", tmp_path / "out").code == 0
        late.stop()
    assert asked(late) > 50 and accepted(tmp_path / "out") == 600


def test_no_server_at_the_start_is_one_line_and_exit_code_2(fleet, factory, tmp_path):
    result = factory("run", fleet("http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"), "--out", tmp_path / "out")
    assert result.code == 2 and result.err.count("\n") == 1, result.err
    assert "no server answers at http://127.0.0.1:9/v1" in result.err and "127.0.0.1:10" in result.err


def test_a_server_with_another_model_or_another_key_is_told_at_the_start(fleet, factory, tmp_path):
    with Server() as right, Server(model="tox") as other, Server(key="secret") as locked:
        result = factory("run", fleet(right, other), "--out", tmp_path / "out")
        assert (result.code, result.err.count("\n")) == (2, 1), result.err
        assert f"{other.url} has no model 'toy'; did you mean \"tox\"" in result.err
        result = factory("run", fleet(right, locked), "--out", tmp_path / "out")
        assert (result.code, result.err.count("\n")) == (2, 1), result.err
        assert f"{locked.url} refuses the key" in result.err
    assert asked(right) == 0


def test_something_else_at_the_address_is_one_line_and_exit_code_2(fleet, factory, tmp_path):
    class Website(Server):
        async def _models(self, request):
            return web.Response(text="<html>Welcome</html>", content_type="text/html")

    with Website() as website:
        result = factory("run", fleet(website), "--out", tmp_path / "out")
    assert (result.code, result.err.count("\n")) == (2, 1), result.err
    assert website.url in result.err


# -- keys ---------------------------------------------------------------------------------------------------------


def test_each_server_is_sent_its_own_key_and_no_key_is_written_anywhere(fleet, factory, tmp_path, monkeypatch):
    monkeypatch.setenv("FIRST_KEY", "sk-first-b1946ac9")
    monkeypatch.setenv("SECOND_KEY", "sk-second-2591c98b")

    def telling(name: str):
        """Refuse some requests, and say the key aloud, as some servers do."""

        async def behave(body, before):
            if int(body["prompt"].split()[1]) % 10 == 0:
                return web.json_response({"error": {"message": f"not with the key {name}"}}, status=400)
            return None

        return behave

    first = Server(telling("sk-first-b1946ac9"), key="sk-first-b1946ac9", seconds=0.01)
    second = Server(telling("sk-second-2591c98b"), key="sk-second-2591c98b", seconds=0.01)
    with first, second, Server(seconds=0.01) as open_to_all:
        path = fleet(
            {"base_url": first.url, "api_key_env": "FIRST_KEY"},
            {"base_url": second.url, "api_key_env": "SECOND_KEY"},
            open_to_all,
            count=200,
            concurrency=4,
        )
        path.write_text(path.read_text().replace("stages:", "max_failed: 1\nstages:", 1))
        result = factory("run", path, "--out", tmp_path / "outputs" / "out")
        assert result.code == 0, result.err
    assert (first.keys, second.keys) == ({"Bearer sk-first-b1946ac9"}, {"Bearer sk-second-2591c98b"})
    assert open_to_all.keys == {None}
    written = [file.read_bytes() for file in (tmp_path / "outputs").rglob("*") if file.is_file()]
    assert len(written) > 4
    rows = factory("status", path, "--out", tmp_path / "outputs" / "out")
    for key in (b"b1946ac9", b"2591c98b"):
        assert not [text for text in written if key in text]
        assert key.decode() not in result.out + result.err + rows.out + rows.err


def test_a_key_that_is_refused_in_mid_run_is_not_told(fleet, factory, tmp_path, monkeypatch):
    monkeypatch.setenv("FIRST_KEY", "sk-first-b1946ac9")

    async def expired(body, before):
        return web.json_response({"error": {"message": "sk-first-b1946ac9 has expired"}}, status=401)

    with Server(expired, key="sk-first-b1946ac9") as server:
        result = factory("run", fleet(server, api_key_env="FIRST_KEY"), "--out", tmp_path / "out")
    assert result.code == 1 and "refuses us" in result.err and "has expired" in result.err
    assert "b1946ac9" not in result.out + result.err


# -- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoints", "told"),
    [
        ([], "engines.e.base_url: "),
        (["localhost:8000/v1"], "engines.e.base_url.0.base_url: "),
        (["http://one/v1", 5], "engines.e.base_url.1: "),
        ([{"base_url": "http://one/v1", "concurency": 3}], 'unknown key; did you mean "concurrency"'),
        ([{"base_url": "http://one/v1", "concurrency": 0}], "engines.e.base_url.0.concurrency: "),
        ([{"concurrency": 3}], "engines.e.base_url.0.base_url: this key is required"),
        ([{"base_url": "http://one/v1", "api_key_env": "NOT_SET_AT_ALL"}], "NOT_SET_AT_ALL is not set"),
        (["http://me:secret@one/v1"], "engines.e.base_url.0.base_url: "),
    ],
)
def test_a_wrong_endpoint_is_one_line_that_names_its_key(fleet, factory, endpoints, told):
    path = fleet(*endpoints)
    result = factory("plan", path)
    assert (result.code, result.err.count("\n")) == (2, 1), result.err
    assert result.err.startswith(f"error: {path}:") and told in result.err, result.err
    assert "secret" not in result.err


# -- JSON by a schema ---------------------------------------------------------------------------------------------

JUDGED = """
name: judged
engines: {{e: {{kind: openai, base_url: "{url}", model: toy, concurrency: 8}}}}
stages:
  - read: {{file: rows.jsonl, columns: {{problem: text, solution: text, answer: text}}, constants: {{language: en}}}}
  - judge_solution: {{engine: e, on_unscored: {policy}}}
export: {{sft: {{prompt: problem, completion: solution}}, carry: [verdict, verdict_reason]}}
"""
VERDICT = {"work": "2 + 3 = 5", "answer": "5", "answers_the_problem": True, "agrees_with_the_answer": True}


@pytest.mark.parametrize("policy", ["reject", "keep"])
def test_an_answer_that_breaks_its_schema_is_repaired_once_and_else_follows_the_policy(
    write, factory, tmp_path, policy
):
    rows = [{"problem": f"Case {number}: what is 2 + 3?", "solution": "5", "answer": "5"} for number in range(30)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    repairs = 0

    async def careless(body, before):
        """Of three answers one is right at once, one the second time, one never."""
        nonlocal repairs
        schema = body["response_format"]["json_schema"]["schema"]
        assert set(schema["required"]) == set(VERDICT)
        asked_for = json.dumps(body["messages"])
        number = next(number for number in range(30) if f"Case {number}:" in asked_for)
        is_repair = body["messages"][-2]["role"] == "assistant" and "not what was asked for" in asked_for
        repairs += is_repair
        wrong = json.dumps({**VERDICT, "answers_the_problem": "maybe"}) if number % 2 else '{"work": "2 +'
        text = wrong if number % 3 == 2 or (number % 3 == 1 and not is_repair) else json.dumps(VERDICT)
        return web.json_response(answer(body, text))

    with Server(careless) as server:
        path = write(JUDGED.format(url=server.url, policy=policy))
        result = factory("run", path, "--out", tmp_path / "out")
        assert result.code == 0, result.err
    assert repairs == 20 and asked(server) == 50
    judge = outcome(tmp_path / "out")["stages"][1]
    assert (judge["accepted"], judge["rejected"]) == ((30, 0) if policy == "keep" else (20, 10))
    assert judge["reasons"] == ({} if policy == "keep" else {"unscored": 10})
