"""Documents of the user's own, cut into chunks: the source of the `knowledge` pipeline.

- documents:
    files: [handbook.pdf, "notes/**/*.md", articles.jsonl]
    text: body
    max_characters: 2000
"""

import os
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from factory.documents.chunks import Chunk, chunks
from factory.documents.cleaning import clean
from factory.documents.readers import SUFFIXES, Document, read_documents
from factory.rows import Columns, Row
from factory.stage import DataFile, Source
from factory.text.language import identify

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 2_000
"""Characters of a document by which its language is told."""


class Documents(Source):
    """Makes a row of each chunk. `heading` is its trail ("Guide > Installation"); `start` and `end` are its place in
    the cleaned document, in characters; `chunk_number` counts from 0 in each document.
    """

    files: tuple[DataFile, ...] = Field(min_length=1)
    """Text, Markdown, HTML, PDF, JSON Lines or Parquet: names, or patterns such as `notes/**/*.md`, which are
    looked for in the pipeline's folder first."""
    text: str = "text"
    """The column of the text in JSON Lines and Parquet."""
    title: str | None = "title"
    """The column of the title there."""
    max_characters: int = Field(2000, ge=50)
    """Most characters of a chunk; one of Chinese, Japanese or Korean counts 2."""
    min_characters: int = Field(400, ge=0)
    """A section shorter than this joins its neighbours where it can."""
    language: str = "auto"
    """Code of the documents' language, or `auto`: each document's own, "und" where it does not tell."""
    languages: tuple[str, ...] = ()
    """Take the documents in these languages only; none named, all."""

    _cursor: tuple[int, Iterator[Row]] = PrivateAttr(default=(-1, iter(())))
    _seen: Counter[str] = PrivateAttr(default_factory=Counter)

    def identity(self) -> list[Any]:
        return [*super().identity(), [path.name for path in self.files]]

    @field_validator("files", mode="before")
    @classmethod
    def _expand(cls, files: Any, info: ValidationInfo) -> Any:
        if not isinstance(files, (list, tuple)):
            return files
        folders = (
            *(info.context or {}).get("file_folders", ()),
            Path(),
        )  # `*.md` is the pipeline's, not whose we are in
        found: list[Any] = []
        for name in files:
            if not any(sign in str(name) for sign in "*?["):
                found.append(name)
                continue
            for folder in folders:
                matches = sorted(str(match) for match in _matching(folder, str(name)))
                if matches:
                    found += matches
                    break
            else:
                raise ValueError(f"{name} matches no file")
        return found

    @field_validator("files")
    @classmethod
    def _readable(cls, files: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in files:
            if path.is_dir():
                raise ValueError(f"{path} is a folder; name its files, as in {path}/**/*.md")
            if path.suffix.lower() not in SUFFIXES:
                raise ValueError(f"{path} is of no known kind; known: {', '.join(SUFFIXES)}")
        return tuple({path.resolve(): path for path in reversed(files)}.values())[::-1]  # each once, where it is first

    @model_validator(mode="after")
    def _budget(self) -> "Documents":
        if self.min_characters * 2 > self.max_characters:
            raise ValueError("min_characters is at most half of max_characters, or short chunks could not be joined")
        return self

    def makes(self) -> Columns:
        texts: Columns = {"document": str, "title": str | None, "heading": str, "chunk": str, "language": str}
        return texts | {"chunk_number": int, "start": int, "end": int}

    def size(self) -> int:
        return sum(self._amounts)

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        place, rows = self._cursor
        if place != start:  # partitions mostly come in order: a file is then read once and not once for each
            rows = self._from(start)
        made = list(islice(rows, stop - start))
        self._cursor = (stop, rows)
        return made

    @cached_property
    def _amounts(self) -> "array[int]":
        """Count the chunks of each document, and on the way what a reader of the data should know."""
        amounts = array("l")
        seen: Counter[str] = Counter()
        for document in self._documents():
            cleaned = clean(document.pages)
            amount = len(self._chunks(cleaned.text)) if self._wanted(cleaned.text) else 0
            amounts.append(amount)
            seen["without text"] += not cleaned.text
            seen["in another language"] += bool(cleaned.text) and not amount
            for reason, lines in cleaned.dropped.items():
                seen[f"dropped {reason}"] += lines
        self._seen = seen
        return amounts

    def _from(self, start: int) -> Iterator[Row]:
        """Yield the rows from `start` on; documents before it are read past, neither cleaned nor cut."""
        place = 0
        for document, amount in zip(self._documents(), self._amounts, strict=True):
            if amount and place + amount > start:
                yield from islice(self._rows_of(document), max(0, start - place), None)
            place += amount

    def _rows_of(self, document: Document) -> Iterator[Row]:
        text = clean(document.pages).text
        language = self._language(text)
        for number, chunk in enumerate(self._chunks(text)):
            yield {
                "document": document.name,
                "title": document.title,
                "heading": " > ".join(chunk.headings),
                "chunk": chunk.text,
                "chunk_number": number,
                "start": chunk.start,
                "end": chunk.end,
                "language": language,
            }

    def _documents(self) -> Iterator[Document]:
        for path, name in zip(self.files, _names(self.files), strict=True):
            for document in read_documents(path, text=self.text, title=self.title):
                yield Document(name + document.name[len(path.name) :], document.title, document.pages)

    def _chunks(self, text: str) -> list[Chunk]:
        return chunks(text, self.max_characters, self.min_characters)

    def _language(self, text: str) -> str:
        return identify(text[:_SAMPLE]) if self.language == "auto" else self.language

    def _wanted(self, text: str) -> bool:
        return not self.languages or self._language(text) in self.languages

    def summary(self, made: "pl.LazyFrame", kept: "pl.LazyFrame") -> list[str]:
        import polars as pl

        size = pl.col("chunk").str.len_chars().sum().alias("size")
        found = made.group_by("language").agg(pl.len().alias("chunks"), size).sort("size", "language", descending=True)
        total = made.select(pl.len(), pl.col("document").n_unique().alias("documents")).collect().row(0)
        languages = [f"{code} {amount} ({size} characters)" for code, amount, size in found.collect().iter_rows()]
        lines = [f"{total[0]} chunks of {total[1]} documents: {', '.join(languages)}"]
        dropped = [f"{self._seen[key]} {name}" for key, name in _LEFT_OUT.items() if self._seen[key]]
        return [*lines, f"left out by cleaning: {', '.join(dropped)}"] if dropped else lines


_LEFT_OUT = {
    "without text": "documents without text",
    "in another language": "documents in another language",
    "dropped boilerplate": "lines of boilerplate",
    "dropped header or footer": "headers and footers of pages",
}


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    """Find the files that are not hidden."""
    root = Path(pattern).anchor  # Path.glob takes no absolute pattern
    base = Path(root) if root else folder
    for path in base.glob(pattern.removeprefix(root)):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(base).parts):
            yield path


def _names(files: tuple[Path, ...]) -> list[str]:
    """Name the documents by their files, with their folders where two have one name."""
    if len({path.name for path in files}) == len(files):
        return [path.name for path in files]
    shared = os.path.commonpath([path.resolve().parent for path in files])
    return [path.resolve().relative_to(shared).as_posix() for path in files]
