"""Answers follow the JSON Schema that was asked for, are repaired once, or say that they do not."""

import asyncio

import pytest
from pydantic import BaseModel

from factory.engines.scripted import Spec
from factory.request import Fault, Reply, Request
from factory.structured import Structured, invalid


class Score(BaseModel):
    score: int
    why: str


SCHEMA = Score.model_json_schema()
ASKED: list[Request] = []
GOOD, BAD = '{"score": 3, "why": "短い"}', '{"score": "three"}'
SCRIPT: dict[str, list[str] | Fault] = {}


def script(request: Request) -> list[str] | Reply:
    ASKED.append(request)
    said = SCRIPT["repair" if len(request.messages) > 1 else "first"]
    return Reply(fault=said) if isinstance(said, Fault) else (said * request.n)[: request.n]


def ask(first, repair=None, **settings) -> Reply:
    ASKED.clear()
    SCRIPT.update(first=first, repair=repair or first)
    turn = {"role": "user", "content": "Judge this."}
    asked = {"messages": (turn,), "seed": 5, **settings}
    engine = Structured(Spec(script="tests.test_structured:script").build())
    return asyncio.run(engine.ask(Request(**{"json_schema": SCHEMA, **asked})))


def test_what_follows_the_schema_is_left_alone():
    reply = ask([GOOD])
    assert (reply.text, reply.choices[0].finish, len(ASKED)) == (GOOD, "stop", 1)


def test_what_does_not_is_asked_for_again_with_what_was_wrong():
    reply = ask([BAD], [GOOD])
    assert (reply.text, reply.choices[0].finish, len(ASKED)) == (GOOD, "stop", 2)
    _, wrong, told = ASKED[1].messages
    assert wrong == {"role": "assistant", "content": BAD} and "$.score: 'three' is not of type" in told["content"]
    assert ASKED[1].n == 1 and ASKED[1].json_schema == SCHEMA and ASKED[1].seed != 5


def test_what_stays_wrong_says_so_and_is_not_asked_a_third_time():
    reply = ask([BAD])
    assert (reply.text, reply.choices[0].finish, len(ASKED)) == (BAD, "invalid", 2)


def test_each_choice_has_its_own_repair():
    reply = ask([GOOD, "no JSON"], ["neither"], n=2)
    assert [(choice.text, choice.finish) for choice in reply.choices] == [(GOOD, "stop"), ("no JSON", "invalid")]
    assert len(ASKED) == 2


def test_an_engine_that_fails_in_the_repair_fails_the_request_and_one_that_cannot_leaves_it_invalid():
    assert str(ask([BAD], Fault("timeout", "late")).fault) == "timeout: late"
    reply = ask([BAD], Fault("too_long", "more than fits", retry=False))
    assert reply.fault is None and reply.choices[0].finish == "invalid"


def test_a_raw_text_can_only_be_drawn_again():
    reply = ask([BAD], messages=(), prompt="{")
    assert reply.choices[0].finish == "invalid" and [request.prompt for request in ASKED] == ["{", "{"]
    assert ASKED[0].seed != ASKED[1].seed


def test_requests_without_a_schema_pass():
    assert ask(["anything"], json_schema=None).text == "anything" and len(ASKED) == 1


@pytest.mark.parametrize("text", ["", "{", '{"score": 1}', "[]", "null", '{"score": 1.5, "why": "x"}'])
def test_what_is_invalid(text):
    assert invalid(text, SCHEMA)
    assert invalid(GOOD, SCHEMA) is None
