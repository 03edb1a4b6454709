"""Cuts a clean document into chunks: along its headings, then its sentences, each with its trail of headings.

    Chunk(text="## Installation\\n\\nRun `make`.", start=9, end=37, headings=("Guide", "Installation"))

`text[start:end]` of the cleaned text is the chunk, so it can be found again; the chunks in order cover the text, and
between two of them is nothing but white space. The budget counts columns as a terminal does: a character of Chinese,
Japanese or Korean counts 2, since it says about as much as two to three letters, so that one budget serves all
languages and a text that mixes them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from factory.documents.cleaning import display_width
from factory.documents.sentences import Segment, split

_LINE_END = re.compile(r"\n+")
_CLAUSE_END = re.compile(r"[、，;；：)）」』]|[,:](?=\s)")
_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"^#+\s*|\s+$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document. `headings` lead to it, the outermost first."""

    text: str
    start: int
    end: int
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of whole segments under one heading; `levels` are those of the headings in `trail`."""

    segments: tuple[Segment, ...]
    trail: tuple[tuple[int, str], ...]

    @property
    def start(self) -> int:
        return self.segments[0].start

    @property
    def end(self) -> int:
        return self.segments[-1].end


def chunks(text: str, max_width: int = 2000, min_width: int = 400) -> list[Chunk]:
    """Cut the cleaned `text` into chunks of at most `max_width` columns.

    A sentence is cut only where it is over the budget alone: after a line, else after a clause, else at a space, at
    last anywhere. Sections shorter than `min_width` join their neighbours as far as the budget allows; a section that
    follows on a higher level is never joined to what it does not belong to. Deterministic.
    """
    pieces: list[_Piece] = []
    for section in _sections(text, max_width):
        pieces += _packed(text, section, max_width, min_width)
    return [
        Chunk(text[piece.start : piece.end], piece.start, piece.end, tuple(name for _, name in piece.trail))
        for piece in _joined(text, pieces, max_width, min_width)
    ]


def _sections(text: str, max_width: int) -> Iterator[_Piece]:
    """Give each heading with what it heads; a heading that is followed by another at once goes with that one."""
    trail: tuple[tuple[int, str], ...] = ()
    section: list[Segment] = []
    has_body = False
    for segment in split(text):
        if segment.kind == "heading":
            if has_body:
                yield _Piece(tuple(section), trail)
                section, has_body = [], False
            name = _MARKS.sub("", text[segment.start : segment.end])
            trail = (*(step for step in trail if step[0] < segment.level), (segment.level, name))
        else:
            has_body = True
        section += _fitting(text, segment, max_width)
    if section:
        yield _Piece(tuple(section), trail)


def _fitting(text: str, segment: Segment, max_width: int) -> Iterator[Segment]:
    """Cut a segment that is over the budget alone; no piece has white space around it."""
    start, end = segment.start, segment.end
    while end - start > max_width or display_width(text[start:end]) > max_width:
        stop = _cut(text, start, end, max_width)
        yield replace(segment, start=start, end=start + len(text[start:stop].rstrip()))
        start = stop + len(text[stop : stop + max_width]) - len(text[stop : stop + max_width].lstrip())
    yield segment if start == segment.start else replace(segment, start=start)


def _cut(text: str, start: int, end: int, max_width: int) -> int:
    """Find the last good place to cut within the budget, in the second half of it where there is one."""
    stop = min(end, start + max_width)
    while (over := display_width(text[start:stop]) - max_width) > 0:
        stop -= (over + 1) // 2
    for place in (_LINE_END, _CLAUSE_END, _SPACE):
        ends = [found.end() for found in place.finditer(text, start + (stop - start) // 2, stop)]
        if ends:
            return ends[-1]
    return stop


def _packed(text: str, section: _Piece, max_width: int, min_width: int) -> list[_Piece]:
    """Pack the sentences of a section in order; where the last pack is short, the last two are made about even."""
    packs: list[list[Segment]] = []
    width = 0
    for segment in section.segments:
        added = display_width(text[packs[-1][-1].end if packs else segment.start : segment.end])
        if packs and width + added <= max_width:
            packs[-1].append(segment)
            width += added
        else:
            packs.append([segment])
            width = display_width(text[segment.start : segment.end])
    if len(packs) > 1 and width < min_width:
        packs[-2:] = _evened(text, packs[-2] + packs[-1], max_width) or packs[-2:]
    return [_Piece(tuple(pack), section.trail) for pack in packs]


def _evened(text: str, segments: list[Segment], max_width: int) -> list[list[Segment]] | None:
    """Cut in two where it is nearest to the middle; None where each cut leaves a part over the budget."""
    middle = (segments[0].start + segments[-1].end) / 2
    for place in sorted(range(1, len(segments)), key=lambda place: abs(segments[place].start - middle)):
        halves = [segments[:place], segments[place:]]
        if all(_width(text, half) <= max_width for half in halves):
            return halves
    return None


def _joined(text: str, pieces: list[_Piece], max_width: int, min_width: int) -> list[_Piece]:
    """Join short pieces with their next of kin (a sibling or a child section), and a short tail with what is before."""
    joined: list[_Piece] = []
    for number, piece in enumerate(pieces):
        if joined and display_width(text[joined[-1].start : piece.end]) <= max_width:
            before = joined[-1]
            shared = _shared(before.trail, piece.trail)
            follows = _width(text, before.segments) < min_width and len(shared) >= len(before.trail) - 1
            belongs = number == len(pieces) - 1 or len(shared) >= len(piece.trail) - 1
            if follows or (belongs and _width(text, piece.segments) < min_width):
                joined[-1] = _Piece(before.segments + piece.segments, shared)
                continue
        joined.append(piece)
    return joined


def _shared(one: tuple[tuple[int, str], ...], other: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    return tuple(step for step, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _width(text: str, segments: Sequence[Segment]) -> int:
    return display_width(text[segments[0].start : segments[-1].end])
