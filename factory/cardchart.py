"""The funnel of a run as a picture: a bar for each stage, what it accepted, rejected and failed.

    dataset/funnel.svg

It brings its own background, and follows a dark theme where the reader's system has one.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_WIDTH, _LABEL, _NUMBERS, _ROW, _BAR = 960, 200, 400, 26, 14
_TOP, _BOTTOM = 44, 16
_NAME = 25
"""Characters of a stage's name."""
_STATES = ("accepted", "rejected", "failed")
_STYLE = """
.ground { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .faint { fill: #59636e }
.accepted { fill: #2da44e } .rejected { fill: #d4a72c } .failed { fill: #cf222e }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117; stroke: #3d444d } .text { fill: #e6edf3 } .faint { fill: #9198a1 }
.accepted { fill: #3fb950 } .rejected { fill: #d29922 } .failed { fill: #f85149 } }
text { font: 13px system-ui, sans-serif }
"""


def funnel_svg(stages: Sequence[Mapping[str, Any]]) -> str:
    """Draw the stages of a run.json, each bar as long as the rows that went in."""
    most = max((stage["in"] for stage in stages), default=0) or 1
    height = _TOP + _ROW * len(stages) + _BOTTOM
    told = "; ".join(f"{stage['name']}: {stage['in']:,} in, {stage['accepted']:,} accepted" for stage in stages)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>Where the rows went</title><desc>{escape(told)}</desc><style>{_STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="6"/>',
    ]
    for number, state in enumerate(_STATES):
        x = _LABEL + 110 * number
        parts.append(f'<rect class="{state}" x="{x}" y="16" width="12" height="12" rx="2"/>')
        parts.append(f'<text class="text" x="{x + 18}" y="27">{state}</text>')
    for number, stage in enumerate(stages):
        parts += _bar(stage, _TOP + _ROW * number, (_WIDTH - _LABEL - _NUMBERS) / most)
    return "\n".join([*parts, "</svg>\n"])


def _bar(stage: Mapping[str, Any], y: float, scale: float) -> list[str]:
    """Draw a stage: its name, its bar in three parts, and the numbers behind it."""
    base = y + _BAR - 2
    name = stage["name"] if len(stage["name"]) <= _NAME else f"{stage['name'][: _NAME - 1]}…"
    parts = [f'<text class="text" x="{_LABEL - 10}" y="{base}" text-anchor="end">{escape(name)}</text>']
    x: float = _LABEL
    for state in _STATES:
        width = stage[state] * scale
        if stage[state]:
            parts.append(f'<rect class="{state}" x="{x:.1f}" y="{y}" width="{max(width, 1):.1f}" height="{_BAR}"/>')
        x += width
    numbers = f"{stage['in']:,} → {stage['out']:,}"
    lost = ", ".join(f"{stage[state]:,} {state}" for state in _STATES[1:] if stage[state])
    parts.append(f'<text class="text" x="{max(x, _LABEL) + 8:.1f}" y="{base}">{numbers}')
    parts.append(f'<tspan class="faint" dx="8">{lost}</tspan></text>' if lost else "</text>")
    return parts
