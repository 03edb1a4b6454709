"""The bench of planted defects in its quick form, and that it fails where a rule is blind or takes good rows."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module; beside it lies the folder `planted` with its corpora."""
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    for name in [name for name in sys.modules if name.split(".")[0] == "planted"]:
        monkeypatch.delitem(sys.modules, name)
    spec = importlib.util.spec_from_file_location("planted_bench", ROOT / "bench/planted.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "planted_bench", module)
    spec.loader.exec_module(module)
    return module


def told(planted, corpus, rule=None):
    cases = [case for maker in (corpus.bad, corpus.good) for case in maker()]
    kept = list(planted.quick(planted.halves(cases, 1)))
    return planted.judge(kept) if rule is None else [(case, rule(case)) for case in kept]


def test_there_are_forty_kinds_in_both_halves_and_fifteen_hundred_good_rows(planted):
    cases = [case for corpus in planted.CORPORA for maker in (corpus.bad, corpus.good) for case in maker()]
    of = {half: {case.kind for case in planted.halves(cases, half)} - {None} for half in (0, 1)}
    assert len(of[0]) >= 40 and of[0] == of[1]
    assert sum(case.kind is None for case in cases) >= 1_500


def test_rows_of_one_text_or_spelling_are_in_one_half(planted):
    cases = list(planted.chat.bad())
    dev, held_out = ({case.stem for case in planted.halves(cases, half)} for half in (0, 1))
    assert dev and held_out and not dev & held_out


def test_repetition_and_wrong_answers_are_all_caught_and_no_solution_is_lost(planted):
    figures = planted.measure(told(planted, planted.maths) + told(planted, planted.chat))
    for kind in ("wrong answer", "repeated loop", "repeated lines", "empty", "wrong natural language"):
        for language in ("en", "ja"):
            (found,) = [found for (_, *name), found in figures.items() if name == [kind, language]]
            assert (found.recall, found.precision) == (1.0, 1.0), (kind, language)


def test_a_rule_that_is_blind_misses_the_bar(planted, capsys):
    blind = planted.measure(told(planted, planted.tellings, rule=lambda case: None))
    assert planted.table(blind)
    assert "copy of the source" in capsys.readouterr().out


def test_a_rule_that_takes_everything_misses_the_bars(planted):
    everything = told(planted, planted.tellings, rule=lambda case: "copy: of anything")
    figures = planted.measure(everything)
    assert all(found.recall == 1 and found.precision < 1 for found in figures.values())
    assert planted.table(figures) and planted.totals(everything, figures)


def test_the_same_rows_are_made_every_time(planted):
    assert list(planted.chat.bad()) == list(planted.chat.bad())
