"""The audit report: what it shows, that nothing in data becomes markup, and what a browser makes of it."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import polars as pl
import pytest

from factory.page import render

EVIL = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">"
RUN = {
    "pipeline": "shown",
    "seed": 1,
    "plan_hash": "abc123",
    "status": "done",
    "requests": {"sent": 4, "reused": 1, "retried": 0},
    "tokens": {"prompt": 100, "completion": 60},
    "seconds": 3.0,
    "stages": [
        {"name": "write", "in": 4, "out": 4, "accepted": 4, "rejected": 0, "failed": 0, "reasons": {}},
        {"name": "judge", "in": 4, "out": 2, "accepted": 2, "rejected": 2, "failed": 0, "reasons": {EVIL: 1, "no": 40}},
    ],
    "shards": [{"name": "sft", "split": "train", "rows": 2, "files": 1}],
    "models": [
        {"engine": "e", "model": EVIL, "license": EVIL, "says": "unknown", "why": EVIL, "roles": ["judge"],
         "override": EVIL}
    ],
    "notes": [{"stage": "judge", "text": EVIL}],
}  # fmt: skip
CHAT = [
    {"role": "user", "content": f"Say {EVIL}", "reasoning_content": None},
    {"role": "assistant", "content": "long " * 400, "reasoning_content": "hidden thought"},
]


def row(number: int, state: str, reason: str | None, **columns: object) -> dict:
    dropped = None if state == "accepted" else "judge"
    marks = {"_state": state, "_stage": dropped, "_reason": reason}
    return {"id": f"shown-1-{number}{EVIL}", **marks, "chat": CHAT, "empty": None, **columns}


SAMPLES = pl.DataFrame(
    [
        row(0, "accepted", None, found=[{"text": EVIL, "model": "M", "scores": [1.5]}], score=1.5),
        row(1, "rejected", f"no: {EVIL}", found=[], score=0.0),
        row(2, "failed", EVIL, found=[], score=None),
    ]
)


class Tags(HTMLParser):
    """Collects what a page's markup and text are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


def test_nothing_in_data_becomes_markup():
    page = Tags(render(RUN, SAMPLES))
    names = {name for name, _ in page.tags}
    assert not names & {"script", "img", "iframe", "link", "object", "form"}
    assert not any(key.startswith("on") or key in ("src", "srcset") for _, keys in page.tags for key in keys)
    assert all(keys["href"].startswith("#") for _, keys in page.tags if "href" in keys), "nothing from outside"
    assert "".join(page.texts).count(EVIL) >= 10, "it is there as text wherever it came in"


def test_the_page_tells_the_run_and_groups_rows_by_stage_and_reason():
    text = "".join(Tags(render(RUN, SAMPLES)).texts)
    for said in ("plan abc123, seed 1", "done: 4 rows made, 2 accepted", "30 for each accepted row", "hidden thought"):
        assert said in text, said
    assert re.search(r"judge: no\s+1 of 40", text) and f"shown-1-1{EVIL}" in text
    assert "empty" not in text, "columns without a value are left out"


def test_long_texts_are_folded_and_very_long_ones_cut():
    folded = render(RUN, SAMPLES)
    assert folded.count("<details>") == 3 and "2,000 characters</span>" in folded
    long = pl.DataFrame([row(0, "accepted", None, text="x" * 60_000)])
    cut = render(RUN, long)
    assert "60,000 characters" in cut and "the whole text is in samples.parquet" in cut and len(cut) < 80_000


def test_a_run_and_factory_audit_write_it_and_factory_view_finds_it(write, factory, tmp_path):
    none = factory("view", write(), "--out", tmp_path / "out")
    assert none.code == 2 and "there is no report here" in none.err
    assert factory("run", write(), "--out", tmp_path / "out").code == 0
    path = tmp_path / "out/audit/report.html"
    first = path.read_text()
    assert "toy-1-00000000" in first
    path.unlink()
    again = factory("audit", write(), "--out", tmp_path / "out")
    assert again.code == 0 and str(path) in again.out and path.read_text() == first
    for run in (tmp_path / "out", write()):
        found = factory("view", run, "--out", tmp_path / "out")
        assert found.code == 0 and found.out.strip() == str(path)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser: apt-get install chromium")
def test_a_browser_shows_the_planted_script_as_text(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render(RUN, SAMPLES), encoding="utf-8")
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    dom = Tags(done.stdout)
    assert "<title>shown – audit</title>" in done.stdout, "no script has run"
    assert not {"script", "img"} & {name for name, _ in dom.tags}
    assert EVIL in "".join(dom.texts)
    assert json.dumps("owned") not in done.stdout
