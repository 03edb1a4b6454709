"""The card on the Hub: ours, and what a person wrote into it there.

    ---
    pretty_name: Sums       # a key of a person's: kept
    license: mit            # ours
    configs: […]            # ours for our shards, a person's for others
    ---
    <!-- factory: begin -->
    # toy …                 # ours: a push writes it anew
    <!-- factory: end -->
    Write to us at …        # a person's: kept, as is what stands above `begin`

The rules: between the two lines the text is ours, and all above `end` where `begin` is not there, as in a run's own
card; a card without `end` is a person's as a whole, and is kept below ours. In the header `license`,
`size_categories`, `dataset_info` and the configs of our shards are ours; lists such as `tags` and `language` are
joined; any other key is a person's once it is there.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

import yaml

from factory.errors import UserError

BEGIN, END = "<!-- factory: begin -->", "<!-- factory: end -->"
Header = dict[str, Any]
_HEADER = re.compile(r"\A\ufeff?\s*^---[ \t]*\r?\n(.*?)^---[ \t]*\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_BY_CONFIG = ("configs", "dataset_info")
_FACTS = ("license", "size_categories")
_OF_LICENSE = ("license_name", "license_link")


class _Loader(yaml.SafeLoader):
    """Reads a header as the Hub does: `no` is Norwegian there, and not false."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in known if tag != _BOOL]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def select(card: str, chosen: Collection[str], dropped: Collection[str]) -> str:
    """Give the card of a part of a run: its configs are the chosen ones, and its tables and sections hold no other."""
    if not dropped:
        return card
    from factory.card import header_of  # with all that makes a card: most pushes do without

    header, body = _parse(card, "README.md")
    return _join(header_of(header, chosen), _without(body, dropped))


def merge(card: str, theirs: str | None, known: Collection[str], where: str) -> str:
    """Put our card in the place of an earlier one of ours, and keep what a person wrote into that.

    `known` names the configs that are ours or were. `where` is for what is told of a header that cannot be read.
    """
    header, body = _parse(card, "README.md")
    _, ours, added = _cut(body)
    their_header, their_body = _parse(theirs or "", where)
    above, _, below = _cut(their_body)
    below = below or added
    header = _headers(header, their_header, known)
    body = f"{above}{BEGIN}\n{ours.strip()}\n{END}\n{below}"
    if theirs is not None and (header, body) == (their_header, their_body):
        return theirs  # byte for byte: a person may have written the header in a form of their own
    return _join(header, body)


def _cut(body: str) -> tuple[str, str, str]:
    """Cut a card's text into what is a person's, what is ours, and what is a person's again."""
    end = re.search(rf"^{END}[ \t]*\r?$\n?", body, re.MULTILINE)
    if end is None:
        own = body.strip()
        return "", "", f"\n{own}\n" if own else ""
    begin = re.search(rf"^{BEGIN}[ \t]*\r?$\n?", body[: end.start()], re.MULTILINE)
    above = body[: begin.start()] if begin else ""
    return above, body[begin.end() if begin else 0 : end.start()], body[end.end() :]


def _headers(ours: Header, theirs: Header, known: Collection[str]) -> Header:
    merged = {**ours, **theirs, **{key: ours[key] for key in _FACTS if key in ours}}
    for key in _BY_CONFIG:
        kept = [entry for entry in _entries(theirs.get(key)) if _config(entry) not in known]
        merged[key] = _joined(_entries(ours.get(key)), kept)
    for key in ours.keys() - {*_BY_CONFIG, *_FACTS}:
        if isinstance(ours[key], list) and key in theirs:
            stale = {*known} - {*ours[key]}  # a config of an earlier push is a tag of it too
            merged[key] = list(dict.fromkeys(one for one in [*_listed(theirs[key]), *ours[key]] if one not in stale))
    for key in _OF_LICENSE:  # they say what the license is, so they go where it goes
        if key in ours:
            merged[key] = ours[key]
        elif ours.get("license") != theirs.get("license"):
            merged.pop(key, None)
    return {key: value for key, value in merged.items() if value or key not in _BY_CONFIG}


def _joined(ours: list[Header], kept: list[Header]) -> list[Header]:
    """Join the entries; only one config may be what is loaded without a name, and a person's goes first."""
    if any(entry.get("default") for entry in kept):
        ours = [{key: value for key, value in entry.items() if key != "default"} for entry in ours]
    return [*ours, *kept]


def _without(body: str, dropped: Collection[str]) -> str:
    """Leave out the rows of tables by config, and the sections, that are of a config that is not there."""
    lines, table, skipped, code = [], False, 0, False
    for line in body.splitlines(keepends=True):
        code ^= line.startswith("```")  # a comment in code is no heading
        if not code and (heading := re.match(r"(#+)\s+(.*)", line)):
            depth, title = len(heading[1]), heading[2].strip().strip("`")
            if skipped and depth <= skipped:
                skipped = 0
            if not skipped and title in dropped:
                skipped = depth
        first = line.split("|")[1].strip().strip("`*") if line.startswith("|") and line.count("|") > 1 else None
        table = first is not None and (table or first == "config")
        if not skipped and not (table and first in dropped):
            lines.append(line)
    return "".join(lines)


def _parse(card: str, where: str) -> tuple[Header, str]:
    found = _HEADER.match(card)
    if not found:
        return {}, card
    try:
        header = yaml.load(found[1], _Loader)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 2}" if mark else ""
        said = getattr(error, "problem", None) or "not readable"
        raise UserError(f"{where}{line}: its header is no valid YAML: {said}; mend it there first") from None
    if header is not None and not isinstance(header, dict):
        raise UserError(f"{where}: expected `key: value` lines in its header; mend it there first")
    return header or {}, card[found.end() :]


def _join(header: Header, body: str) -> str:
    return f"---\n{yaml.safe_dump(header, sort_keys=False, allow_unicode=True)}---\n{body}"


def _entries(value: Any) -> list[Header]:
    """List the entries by config; a single one may stand without a list."""
    return [entry for entry in _listed(value) if isinstance(entry, dict)]


def _config(entry: Header) -> str:
    return str(entry.get("config_name", "default"))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | dict) else [value]
