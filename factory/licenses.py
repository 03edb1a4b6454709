"""What a model's license says of training on its outputs, and the policy that a plan is held to.

    licenses:
      allow: [apache-2.0, mit]                                  # only these; without it, all that do not forbid
      override: {judge: "contract 17 with the vendor allows it"}  # an engine that is used all the same, and why
      data: cc-by-4.0                                           # what the dataset goes under

A reading of these texts as of 2026, and no legal advice:
- Llama 2 and 3 (§1.b.v), Tongyi Qianwen (§5.b), Tencent Hunyuan (§5.b), Grok 2: outputs may not improve other models
- Llama 3.1, 3.2, 3.3 and 4 (§1.b.i): the name of a model trained on outputs begins with "Llama"
- Gemma Terms of Use (§1.1.e, §3.1), OpenRAIL-M (§1, §4.a), DeepSeek License 1.0 (§1, §4.a): a model trained on outputs
  to do alike is a derivative, which their terms pass on to
- Qwen License of 2024 (§4.b): "Built with Qwen" or "Improved using Qwen" in the documentation of such a model
- Qwen Research License (§2), MRL-0.1 and MNPL-0.1 of Mistral (§3.2), CC BY-NC (§2.a.1): nothing commercial
- terms of service of OpenAI ("Use Output to develop models that compete"), Anthropic (Commercial Terms D.4), Google
  (Gemini API Additional Terms) and xAI: no competing models
The names are those of the Hub: https://huggingface.co/docs/hub/repositories-licenses, or a card's `license_name`.
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from factory.errors import UserError, nearest
from factory.yamlfile import Loc

Says = Literal["free", "conditions", "unknown", "forbids"]
_STRICTER: tuple[Says, ...] = ("free", "conditions", "unknown", "forbids")

_HUB = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0
artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0
cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0
epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research
intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0
postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2
llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other
"""
HUB = frozenset(_HUB.split())
"""The license ids that the Hub knows; another goes as `other` with a `license_name`."""

_FREE = """
apache-2.0 mit bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear isc zlib unlicense wtfpl ncsa postgresql bsl-1.0 ms-pl
afl-3.0 artistic-2.0 ecl-2.0 epl-1.0 epl-2.0 eupl-1.1 eupl-1.2 mpl-2.0 gpl gpl-2.0 gpl-3.0 agpl-3.0 lgpl lgpl-2.1
lgpl-3.0 cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 odc-by pddl cdla-permissive-1.0
cdla-permissive-2.0 etalab-2.0 openmdw-1.0 openmdw-1.1
"""
_RAIL = """
openrail openrail++ bigscience-openrail-m creativeml-openrail-m bigcode-openrail-m bigscience-bloom-rail-1.0 deepseek
deepseek-license
"""
_NO_OTHER_MODEL = """
llama2 llama3 tongyi-qianwen tongyi-qianwen-license-agreement tencent-hunyuan-community grok2-community
"""
_NONCOMMERCIAL = """
cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
fair-noncommercial-research-license qwen-research tongyi-qianwen-research
"""
_RESEARCH = "mrl mrl-0.1 mnpl mnpl-0.1 apple-amlr intel-research deepfloyd-if-license"
_TABLE: list[tuple[Says, str, str]] = [
    ("free", _FREE, ""),
    (
        "conditions",
        "llama3.1 llama3.2 llama3.3 llama4",
        'a model trained on its outputs and passed on must have a name that begins with "Llama"',
    ),
    ("conditions", "gemma", "a model trained on its outputs is a derivative of Gemma: the Gemma terms pass on to it"),
    ("conditions", _RAIL, "a model trained on its outputs is a derivative: the license's limits of use pass on to it"),
    (
        "conditions",
        "qwen",
        'a model trained on its outputs and passed on must say "Built with Qwen" or "Improved using Qwen"',
    ),
    ("forbids", _NO_OTHER_MODEL, "its outputs may not be used to improve other models"),
    ("forbids", _NONCOMMERCIAL, "it allows nothing commercial, its outputs included"),
    ("forbids", _RESEARCH, "it allows research only, its outputs included"),
    ("forbids", "proprietary", "the terms of such a service forbid to train competing models on its answers"),
]
_KNOWN: dict[str, tuple[Says, str]] = {name: (says, why) for says, names, why in _TABLE for name in names.split()}


class Licenses(BaseModel):
    """The `licenses:` block: what models may be trained on, and what the dataset goes under."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    allow: tuple[str, ...] | None = Field(None, min_length=1)
    """The only licenses that models may have; one that is unknown then stops the run too."""
    override: dict[str, Annotated[str, Field(pattern=r"\S")]] = Field(default_factory=dict)
    """Engine (or a model of an earlier run) → why it may be used all the same; shown on the card."""
    data: str | None = None
    """License of the dataset, and of the data that it started from; without it, what its models' licenses make it."""


class Model(NamedTuple):
    """A model that rows of a plan come from. `engine` is its name in the file; the model's, if an earlier run's."""

    engine: str
    name: str
    license: str
    loc: Loc


class Verdict(NamedTuple):
    """What a license says of training on outputs, and in words what follows or why not."""

    says: Says
    why: str


def verdict(license: str) -> Verdict:
    """Read a license's name; of several, joined by AND, the strictest decides."""
    found = [_verdict(part) for part in re.split(r"\s+AND\s+", license.strip())]
    whys = dict.fromkeys(one.why for one in found if one.why)
    return Verdict(max((one.says for one in found), key=_STRICTER.index), "; ".join(whys))


def _verdict(name: str) -> Verdict:
    if name.lower() in _KNOWN:
        return Verdict(*_KNOWN[name.lower()])
    if name.lower() in ("", "unknown"):
        return Verdict("unknown", "its license is not declared, and no card here says it")
    close = get_close_matches(name.lower(), _KNOWN, n=1, cutoff=0.8)
    return Verdict("unknown", "what it says of outputs is not known here" + (f" (is it {close[0]}?)" if close else ""))


def check(policy: Licenses, models: Sequence[Model], engines: Collection[str], where: Callable[[Loc], str]) -> None:
    """Raise UserError for a model that may not be trained on and that no override excuses."""
    known = {*engines, *(model.engine for model in models)}
    for name in policy.override:
        if name not in known:
            place = where(("licenses", "override", name))
            raise UserError(f"{place}: licenses.override: there is no engine {name!r}{nearest(name, known)}")
    for model in models:
        if model.engine not in policy.override and (why := _against(policy, model)):
            what = f"engines.{model.engine}" if model.engine in engines else "rows of an earlier run"
            write = f'licenses: {{override: {{{json.dumps(model.engine, ensure_ascii=False)}: "the reason"}}}}'
            raise UserError(
                f"{where(model.loc)}: {what}: {model.name} has the license {model.license!r}: {why}; "
                f"if it may be used all the same, write `{write}`"
            )


def notes(policy: Licenses, models: Sequence[Model]) -> list[str]:
    """Say what a user of the data should know of its models' licenses: conditions, unknown ones, overrides."""
    told = []
    for model in models:
        says, why = verdict(model.license)
        if model.engine in policy.override:
            reason = " ".join(policy.override[model.engine].split())
            told.append(f"{model.name} ({model.license}) is used by an override of the policy: {reason}")
        if says in ("conditions", "unknown"):
            told.append(f"{model.name} ({model.license}): {why}")
    return list(dict.fromkeys(told))


def _against(policy: Licenses, model: Model) -> str:
    """Say what stands against a model; nothing if it may be used."""
    says, why = verdict(model.license)
    if says == "forbids":
        return why
    allowed = {name.lower() for name in policy.allow or ()}
    if policy.allow is not None and not {part.lower() for part in re.split(r"\s+AND\s+", model.license)} <= allowed:
        return f"`licenses.allow` has only {', '.join(policy.allow)}"
    return ""
