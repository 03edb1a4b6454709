"""The source of chunks: over files of every kind, row by row the same however they are cut."""

import json
import tracemalloc
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from factory.errors import UserError
from factory.stages.documents import Documents
from tests.documents.files import pdf

SHIPPED = Path(__file__).parent.parent.parent / "pipelines"
ENGLISH = "The river is long and deep and cold. It was surveyed in 1969 by two teams. "
JAPANESE = "国会は、国権の最高機関であって、国の唯一の立法機関である。両議院でこれを構成する。"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "guide.md").write_text(f"# Guide\n\n{ENGLISH}\n\n## Use\n\n{ENGLISH * 9}")
    (tmp_path / "law.txt").write_bytes(f"第一章　国会\n\n{JAPANESE * 9}".encode("shift_jis"))
    (tmp_path / "notes" / "a.md").write_text(ENGLISH)
    (tmp_path / "notes" / "deep" / "b.md").write_text(ENGLISH)
    (tmp_path / "report.pdf").write_bytes(pdf([[(18, "Report"), ENGLISH.strip(), "1"], ["It ended in 1970.", "2"]]))
    lines = [json.dumps({"text": ENGLISH * n, "title": f"t{n}"}) for n in range(5)]
    (tmp_path / "articles.jsonl").write_text("\n".join(lines))
    return tmp_path


def made_by(folder, *files, **fields):
    settings = {"files": files, "max_characters": 300, "min_characters": 60, **fields}
    return Documents.model_validate(settings, context={"file_folders": (folder,)})


def all_rows(stage):
    return list(stage.rows(0, stage.size(), 0))


def test_each_chunk_is_a_row_with_its_document_heading_and_place(folder):
    rows = all_rows(made_by(folder, "guide.md", "law.txt"))
    assert set(rows[0]) == set(made_by(folder, "guide.md").makes())
    assert rows[0] | {"chunk": ""} == {
        "document": "guide.md", "title": "Guide", "heading": "Guide", "chunk": "", "chunk_number": 0,
        "start": 0, "end": 83, "language": "en",
    }  # fmt: skip
    assert rows[1]["heading"] == "Guide > Use"
    assert [row["chunk_number"] for row in rows if row["document"] == "law.txt"] == [0, 1, 2]
    assert {row["language"] for row in rows if row["document"] == "law.txt"} == {"ja"}
    assert all(row["end"] - row["start"] == len(row["chunk"]) for row in rows)


def test_a_row_is_the_same_however_the_rows_are_cut(folder):
    stage = made_by(folder, "*.*", "notes/**/*.md")
    whole = all_rows(stage)
    assert len(whole) == stage.size() > 12
    again = made_by(folder, "*.*", "notes/**/*.md")
    assert whole == [*again.rows(0, 3, 0), *again.rows(3, 4, 0), *again.rows(4, len(whole), 0)]
    for start in reversed(range(len(whole))):
        assert list(again.rows(start, start + 2, 9)) == whole[start : start + 2]


def test_patterns_find_files_in_a_fixed_order_and_each_once(folder):
    stage = made_by(folder, "notes/**/*.md", "guide.md", "*.md")
    assert [path.name for path in stage.files] == ["a.md", "b.md", "guide.md"]
    assert made_by(folder, str(folder / "notes" / "*.md")).size() == 1


def test_documents_of_one_name_are_told_apart_by_their_folders(folder):
    (folder / "notes" / "guide.md").write_text(ENGLISH)
    names = {row["document"] for row in all_rows(made_by(folder, "guide.md", "notes/guide.md"))}
    assert names == {"guide.md", "notes/guide.md"}


def test_records_take_their_text_and_title_from_the_named_columns(folder):
    rows = all_rows(made_by(folder, "articles.jsonl"))
    assert {(row["document"], row["title"]) for row in rows} == {
        (f"articles.jsonl#{n + 1}", f"t{n}") for n in range(1, 5)
    }
    assert {row["title"] for row in all_rows(made_by(folder, "articles.jsonl", title=None))} == {None}
    with pytest.raises(UserError, match="record 1 has no text under 'body'"):
        made_by(folder, "articles.jsonl", text="body").size()


def test_the_language_is_told_or_fixed_and_other_languages_are_left_out(folder):
    assert {row["language"] for row in all_rows(made_by(folder, "guide.md", language="xx"))} == {"xx"}
    stage = made_by(folder, "guide.md", "law.txt", "report.pdf", "articles.jsonl", languages=("ja",))
    rows = all_rows(stage)
    assert {row["document"] for row in rows} == {"law.txt"}
    frame = pl.LazyFrame(rows)
    assert stage.summary(frame, frame) == [
        "3 chunks of 1 documents: ja 3 (380 characters)",
        "left out by cleaning: 1 documents without text, 6 documents in another language, "
        "2 headers and footers of pages",
    ]


def test_the_summary_counts_characters_by_language(folder):
    stage = made_by(folder, "guide.md", "law.txt")
    frame = pl.LazyFrame(all_rows(stage))
    (line,) = stage.summary(frame, frame)
    assert line.startswith("7 chunks of 2 documents: en 4 (")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"files": ["nothing.md"]}, "nothing.md does not exist"),
        ({"files": ["nothing/*.md"]}, "nothing/\\*.md matches no file"),
        ({"files": ["notes"]}, "is a folder; name its files"),
        ({"files": ["image.png"]}, "of no known kind; known: .txt"),
        ({"files": []}, "at least 1"),
        ({"files": ["guide.md"], "max_characters": 100, "min_characters": 60}, "at most half"),
    ],
)
def test_a_mistake_in_the_fields_is_told_when_the_pipeline_is_read(folder, fields, why):
    (folder / "image.png").write_bytes(b"x")
    with pytest.raises(ValidationError, match=why):
        Documents.model_validate(fields, context={"file_folders": (folder,)})


def test_a_file_that_cannot_be_read_is_told_with_its_name(folder):
    (folder / "empty.txt").write_text("")
    with pytest.raises(UserError, match=r"empty\.txt: empty"):
        made_by(folder, "guide.md", "empty.txt").size()


def test_a_large_file_is_streamed(tmp_path):
    record = json.dumps({"text": ENGLISH * 40}) + "\n"
    (tmp_path / "large.jsonl").write_text(record * 300)  # 1 MB
    stage = made_by(tmp_path, "large.jsonl", max_characters=5000, min_characters=0, language="en")
    tracemalloc.start()
    try:
        assert stage.size() == 300
        assert list(stage.rows(200, 202, 0))[1]["document"] == "large.jsonl#202"
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_the_shipped_documents_are_read_with_their_headings():
    rows = all_rows(
        Documents.model_validate(
            {"files": ["documents/*.txt", "documents/*.html", "documents/*.pdf"], "max_characters": 1200},
            context={"file_folders": (SHIPPED,)},
        )
    )
    assert {(row["document"], row["language"]) for row in rows} == {
        ("constitution_of_japan.txt", "ja"),
        ("palau.html", "en"),
        ("apollo_11.pdf", "en"),
    }
    assert {row["heading"] for row in rows} >= {
        "第四章　国会",
        "第五章　内閣",
        "Mission Description",
        "Palau > Government",
    }
    text = "\n".join(row["chunk"] for row in rows)
    for fact in (
        "参議院議員の任期は、六年とし、",
        "Mount Ngerchelchuus 242 m",
        "the command module landed in the Pacific Ocean",
    ):
        assert fact in text
    assert "Page 1" not in text
    assert "Site policies" not in text
