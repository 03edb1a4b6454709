"""A line chart as SVG, with no scripts and no numbers but those it is given.

    line_chart("Loss", [Line("loss", [10, 20], [1.9, 1.4]), Line("held-out loss", [20], [1.5])], "step")

Its colours are the page's: classes `line-0` … `line-5`, `grid` and `label` (see curves.html.j2).
"""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from markupsafe import Markup

_WIDTH, _HEIGHT = 480, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 10, 34
_LEGEND = 18
"""Height of a line of the legend."""
_COLOURS = 6
_MOST_POINTS = 400
"""Points of a line; of more, neighbours are averaged."""
_DOTS = 40
"""Up to so many points each is marked."""


class Line(NamedTuple):
    """A line of a chart: its name, and its points from left to right."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]


def line_chart(title: str, lines: Sequence[Line], across: str) -> Markup:
    """Draw lines over one axis, each with its first and last value in the legend. They must have a point at least."""
    lines = [_thinned(line) for line in lines]
    xs = [x for line in lines for x in line.xs]
    ys = [y for line in lines for y in line.ys]
    left, right = min(xs), max(xs)
    marks = ticks(min(ys), max(ys))
    low, high = min(marks[0], *ys), max(marks[-1], *ys)
    height = _HEIGHT + _LEGEND * len(lines)
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + wide * ((x - left) / (right - left) if right > left else 0.5),
            _TOP + tall * (1 - (y - low) / (high - low)),
        )

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">']
    parts.append(f"<title>{escape(title)}</title>")
    for mark in marks:
        _, y = at(left, mark)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text class="label" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(mark)}</text>')
    base = _HEIGHT - _BOTTOM + 16
    for x, anchor in ((left, "start"), (right, "end")) if right > left else ((left, "middle"),):
        parts.append(f'<text class="label" x="{at(x, low)[0]:.1f}" y="{base}" text-anchor="{anchor}">{short(x)}</text>')
    parts.append(f'<text class="label" x="{_LEFT + wide / 2}" y="{base}" text-anchor="middle">{escape(across)}</text>')
    for number, line in enumerate(lines):
        points = [at(x, y) for x, y in zip(line.xs, line.ys, strict=True)]
        parts += _drawn(line, points, f"line-{number % _COLOURS}", _HEIGHT + _LEGEND * number)
    return Markup("\n".join([*parts, "</svg>"]))  # noqa: S704 - every text in it is escaped above


def _drawn(line: Line, points: Sequence[tuple[float, float]], colour: str, y: float) -> list[str]:
    """Draw a line, and its entry in the legend at a height of `y`."""
    told = short(line.ys[-1]) if len(points) == 1 else f"{short(line.ys[0])} → {short(line.ys[-1])}"
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [f'<polyline class="{colour}" points="{path}"/>']
    if len(points) <= _DOTS:
        parts += [f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points]
    parts.append(f'<line class="{colour}" x1="{_LEFT}" y1="{y + 4}" x2="{_LEFT + 18}" y2="{y + 4}"/>')
    parts.append(f'<text class="name" x="{_LEFT + 26}" y="{y + 8}">{escape(line.name)}')
    parts.append(f'<tspan class="label" dx="8">{told}</tspan></text>')
    return parts


def ticks(low: float, high: float) -> list[float]:
    """Give three to six round numbers that reach from `low` to `high`; some around a single value.

    >>> ticks(0.13, 1.9)
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-12):
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if high else (0.0, 1.0)
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def short(number: float) -> str:
    """Write a number in few characters.

    >>> short(12000.0), short(0.25), short(0.00015)
    ('12,000', '0.25', '1.5e-4')
    """
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    if 0 < abs(number) < 1e-3:
        digits, _, power = f"{number:.2e}".partition("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{number:.3g}"


def _thinned(line: Line) -> Line:
    """Average neighbours of a line with more points than can be seen."""
    size = math.ceil(len(line.xs) / _MOST_POINTS)
    if size == 1:
        return line
    starts = range(0, len(line.xs), size)
    xs, ys = ([math.fsum(part := list(axis[at : at + size])) / len(part) for at in starts] for axis in line[1:])
    return Line(line.name, xs, ys)
