"""The HTTP engine against a real server that really fails."""

import asyncio
import json
import random

import pytest
from aiohttp import web

from factory.engines.openai import Spec
from factory.errors import UserError
from factory.request import Reply, Request
from tests.server import Server, answer

PIPELINE = """
name: toy
engines:
  e: {{kind: openai, base_url: "{url}", model: toy, timeout: 2, concurrency: 32, patience: 1{more}}}
stages:
  - tests.toys:Numbers: {{count: {count}}}
  - tests.toys:Ask: {{engine: e}}
export: {{sft: {{prompt: language, completion: language}}, carry: [said]}}
"""


def ask(server: Server, request: Request, **settings: object) -> Reply:
    async def once() -> Reply:
        engine = Spec(base_url=server.url, model="toy", timeout=1, **settings).build()
        await engine.open()
        try:
            return await engine.ask(request)
        finally:
            await engine.close()

    return asyncio.run(once())


def always(response):
    async def behave(body, before):
        return response(body) if callable(response) else response

    return behave


async def hang(body, before):
    await asyncio.sleep(60)


async def cut(body, before):
    return web.Response(text=json.dumps(answer(body))[:40], content_type="application/json")


FAULTS = {
    "500": (always(lambda body: web.json_response({"error": {"message": "boom"}}, status=500)), "server", True),
    "503 with a page": (always(lambda body: web.Response(text="<html>busy</html>", status=503)), "busy", True),
    "429": (always(lambda body: web.Response(status=429, headers={"Retry-After": "3"})), "rate_limit", True),
    "400": (always(lambda body: web.json_response({"error": "no such parameter"}, status=400)), "refused", False),
    "context": (
        always(lambda body: web.json_response({"error": {"message": "maximum context length is 8"}}, status=400)),
        "too_long",
        False,
    ),
    "not JSON": (always(lambda body: web.Response(text="hello")), "malformed", True),
    "cut off": (cut, "malformed", True),
    "no choices": (always(lambda body: web.json_response({"choices": []})), "malformed", True),
    "wrong n": (always(lambda body: web.json_response(answer({**body, "n": 1}))), "malformed", True),
    "a list": (always(lambda body: web.json_response([1, 2])), "malformed", True),
    "null": (always(lambda body: web.Response(text="null", content_type="application/json")), "malformed", True),
    "text that is a number": (
        always(lambda body: web.json_response({"choices": [{"message": {"content": 5}}] * 2})),
        "malformed",
        True,
    ),
    "slow": (hang, "timeout", True),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_a_reply_of_its_kind(case):
    behave, kind, retry = FAULTS[case]
    with Server(behave) as server:
        reply = ask(server, Request(prompt="hello", n=2))
    assert reply.choices == () and reply.fault is not None
    assert (reply.fault.kind, reply.fault.retry) == (kind, retry), reply.fault
    assert reply.fault.after == (3 if case == "429" else None)


def test_an_answer_is_read_whole():
    with Server() as server:
        reply = ask(server, Request(messages=({"role": "user", "content": "hi"},), n=3))
    assert len(reply.choices) == 3 and reply.text.startswith("hi: ")
    assert (reply.prompt_tokens, reply.completion_tokens, reply.model) == (5, 7, "toy")


@pytest.mark.parametrize(
    ("text", "message"),
    [("<think>\nhm\n</think>\n\nfive", {}), ("five", {"reasoning_content": "hm"}), ("five", {"reasoning": "hm"})],
)
def test_reasoning_is_kept_apart(text, message):
    with Server(always(lambda body: web.json_response(answer(body, text, **message)))) as server:
        reply = ask(server, Request(messages=({"role": "user", "content": "hi"},)))
    assert (reply.choices[0].text, reply.choices[0].reasoning) == ("five", "hm")


def test_one_choice_without_text_is_empty_and_only_such_choices_are_a_fault():
    empty, full = ({"message": {"content": text}, "finish_reason": "stop"} for text in (None, "hm"))
    hi = Request(messages=({"role": "user", "content": "hi"},), n=2)
    with Server(always(lambda body: web.json_response({"choices": [empty, full]}))) as server:
        assert [choice.text for choice in ask(server, hi).choices] == ["", "hm"]
    with Server(always(lambda body: web.json_response({"choices": [empty, empty]}))) as server:
        fault = ask(server, hi).fault
    assert fault is not None and (fault.kind, fault.retry, fault.after) == ("empty", True, 0.0)


def test_what_was_wrong_with_the_server_is_told():
    with Server(key="right") as server, pytest.raises(UserError, match="refuses the key"):
        ask(server, Request(prompt="x"))
    with Server() as server, pytest.raises(UserError, match="no model 'tyo'; did you mean \"toy\""):
        asyncio.run(Spec(base_url=server.url, model="tyo").build().open())


def test_one_in_twenty_replies_faulty_loses_no_row_and_counts_each_retry(write, factory, tmp_path):
    chance = random.Random(5)
    faulty = 0

    async def behave(body, before):
        nonlocal faulty
        await asyncio.sleep(0.02)
        if chance.random() > 0.05:
            return None
        faulty += 1
        return chance.choice(
            [
                web.Response(status=500),
                web.Response(status=429, headers={"Retry-After": "0"}),
                web.Response(text='{"choices": [{"text": "cut'),
            ]
        )

    with Server(behave) as server:
        path = write(PIPELINE.format(url=server.url, count=1000, more=""))
        result = factory("run", path, "--out", tmp_path / "out")
        assert result.code == 0, result
        run = json.loads((tmp_path / "out/run.json").read_text())
    assert run["stages"][1] | {"accepted": 1000, "failed": 0} == run["stages"][1]
    assert run["requests"]["retried"] == faulty > 20
    assert run["requests"]["sent"] == sum(server.asked.values()) == 1000 + faulty
    assert 16 <= server.most_at_once <= 32


def test_a_server_that_fails_for_good_fails_its_rows_only(write, factory, tmp_path):
    async def behave(body, before):
        return web.Response(status=500, text="never") if body["prompt"] == "number 3" else None

    with Server(behave) as server:
        path = write(PIPELINE.format(url=server.url, count=200, more=", attempts: 3"))
        result = factory("run", path, "--out", tmp_path / "out")
        assert result.code == 0 and "199 accepted, 0 rejected, 1 failed" in result.out
        assert server.asked["number 3"] == 3


def test_a_server_that_dies_stops_the_run_and_a_rerun_goes_on(write, factory, tmp_path):
    with Server() as server:
        path = write(PIPELINE.format(url=server.url, count=60, more=""))
        assert factory("run", path, "--out", tmp_path / "out", "--limit", 30).code == 0
        port = server.port

    class Dying(Server):
        """Takes its first 10 requests, then closes every connection without a word."""

        async def _answer(self, request):
            if sum(self.asked.values()) >= 10:
                request.transport.abort()
                return web.Response()
            return await super()._answer(request)

    dying = Dying()
    dying.port = port
    with dying:
        result = factory("run", path, "--out", tmp_path / "out")
        assert result.code == 1, result
        assert "engine e has not answered for 1 s: connection" in result.err and "goes on from here" in result.err
        assert json.loads((tmp_path / "out/run.json").read_text())["status"] == "failed"
    again = Server()
    again.port = port
    with again:
        assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert sum(again.asked.values()) <= 20


@pytest.mark.parametrize(
    ("status", "told"), [(401, "engine e refuses us: denied"), (503, "not answered for 1 s: busy")]
)
def test_a_server_that_turns_us_away_stops_the_run_and_drops_no_row(write, factory, tmp_path, status, told):
    async def behave(body, before):
        return web.Response(status=status) if int(body["prompt"].split()[1]) >= 20 else None

    with Server(behave) as server:
        path = write(PIPELINE.format(url=server.url, count=60, more=""))
        result = factory("run", path, "--out", tmp_path / "out")
        assert result.code == 1 and told in result.err, result.err
    run = json.loads((tmp_path / "out/run.json").read_text())
    assert run["stages"][1]["rejected"] == run["stages"][1]["failed"] == 0


def test_strange_replies_never_stop_a_run(write, factory, tmp_path):
    strange = ["", "x" * 100_000, "�\u0000\u202e", "日本語だけの答え", '{"a": ', "\\boxed{" * 1000]

    async def behave(body, before):
        number = int(body["prompt"].split()[1])
        return web.json_response(answer(body, strange[number % len(strange)]))

    with Server(behave) as server:
        path = write(PIPELINE.format(url=server.url, count=60, more=""))
        assert factory("run", path, "--out", tmp_path / "out").code == 0
