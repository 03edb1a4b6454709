"""Makes preference pairs of a row's scored candidates: the best one, and worse ones chosen by a policy.

    - pair: {by: reward, policy: farthest, on_unscored: reject}
    - pair: {by: reward, policy: margin, band: [0.5, 2], most: 2, on_unscored: keep}
    - pair: {by: correct, policy: length, on_unscored: reject}               # right against wrong, alike in length
    - pair: {by: reward, verified: correct, on_unscored: reject}             # the best of the right against a wrong one

Nothing is generated here: the candidates and their scores stay in the row, so that another policy costs nothing. The
summary sets all five policies side by side on the same rows. A row with one candidate left has no pair, and its answer
is the `survivor`, for SFT. Where nothing is worse than the best by enough, there is no pair.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl
from pydantic import Field, model_validator

from factory.records import Response, value_of
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import Policy as Fate
from factory.stage import RowStage
from factory.stages._pairing import POLICIES, Candidate, Pick, Policy, rejected

ROLES = ("chosen", "rejected", "survivor")
_RIGHT = 1.0
_MOST_TOLD = 50_000
"""Rows that the policies are compared on."""


class Pair(RowStage):
    """Writes `chosen`, `rejected` and `survivor`, each with its model, thinking and score; `margin`, how far the chosen
    is ahead; `length_difference`, by how many characters it is longer; `pairing`: "pair", "single" or "no_gap".

    A row becomes as many rows as it has pairs; of a verifier's scores, 1 is right and anything less is wrong.
    """

    responses: str = "responses"
    by: str
    """The score to go by."""
    verified: str | None = None
    """A verifier's score: the chosen must be right by it, and the rejected wrong."""
    policy: Policy = "random"
    band: tuple[float, float | None] = (0.0, None)
    """The least and the most that the chosen may be ahead by; null for no bound. Nothing is paired with its equal.

    The policy `margin` takes the one nearest to the middle of the band, and needs both bounds."""
    most: int = Field(1, ge=1)
    """Pairs of one row at most, all with the same chosen one."""
    models: Literal["any", "same", "different"] = "any"
    """Whether both must be of the same model (on-policy, where that is the one to be trained), or of two."""
    on_unscored: Fate
    """What becomes of a row with a candidate that has no score: `keep` goes on with the others. There is no default."""
    on_single: Fate = "keep"
    """What becomes of a row with one candidate: `keep` makes it the survivor."""
    on_no_gap: Fate = "reject"
    """What becomes of a row with several candidates and no pair: `keep` lets it go on without one."""

    @model_validator(mode="after")
    def _bounded(self) -> "Pair":
        least, most = self.band
        if least < 0 or (most is not None and most < least):
            raise ValueError(f"band: expected two numbers from 0 on, the least first, found {list(self.band)}")
        if self.policy == "margin" and most is None:
            raise ValueError("band: the policy `margin` needs the least and the most, as in [0.5, 2]")
        return self

    def needs(self) -> set[str]:
        return {self.responses}

    def needs_scores(self) -> set[str]:
        return {self.by, *([self.verified] if self.verified else [])}

    def makes(self) -> Columns:
        made: Columns = {}
        for role in ROLES:
            made |= {role: str | None, f"{role}_model": str | None, f"{role}_thinking": str | None}
            made |= {f"{role}_score": float | None}
        return made | {"margin": float | None, "length_difference": int | None, "pairing": str}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        answers: list[Response] = row[self.responses] or []
        left = [place for place, one in enumerate(answers) if one["fault"] is None]
        if len(left) == 1:
            yield self._alone(row, left[0])
            return
        scored = self._scored(answers)
        if reason := self._unpaired(answers, left, scored):
            yield Drop(row, reason)
            return
        best = self._best(answers, scored)
        assert best is not None  # noqa: S101 - else there was a reason
        worse = self.worse(row, Pick(self.policy, self._band), best, scored)[: self.most]
        pairs: list[Row | Drop] = [self._one(row, "pair", chosen=best, rejected=other) for other in worse]
        if not pairs and self.on_no_gap == "reject":
            pairs = [Drop(self._one(row, "no_gap"), f"no_gap: {len(scored)} candidates, none is worse by enough")]
        yield from pairs or [self._one(row, "no_gap")]

    def _alone(self, row: Row, place: int) -> Row | Drop:
        """Say what becomes of a row with one candidate, which no score is needed for, but to be right if asked for."""
        answer: Response = row[self.responses][place]
        right = value_of(answer, self.verified) if self.verified else _RIGHT
        if right is None:
            return Drop(row, f"unscored: {self.verified}: the only candidate")
        if right < _RIGHT:
            return Drop(row, f"none_right: the only candidate by {self.verified}")
        one = self._one(row, "single", survivor=Candidate(place, right, len(answer["text"])))
        return Drop(one, "single: one candidate is left") if self.on_single == "reject" else one

    def _unpaired(self, answers: Sequence[Response], left: Sequence[int], scored: Sequence[Candidate]) -> str | None:
        """Say why nothing can be chosen among several candidates; None if something can."""
        if not left:
            return "no_answer: every candidate is out"
        if not scored or (len(scored) < len(left) and self.on_unscored == "reject"):
            return f"unscored: {self.by}: {len(left) - len(scored)} of {len(left)} candidates"
        if self._best(answers, scored) is None:
            return f"none_right: of {len(scored)} candidates by {self.verified}"
        return None

    def worse(self, row: Row, pick: Pick, best: Candidate, scored: Sequence[Candidate]) -> list[Candidate]:
        """List what the best one may be set against, in the policy's order: no text is set against itself, or twice."""
        answers: list[Response] = row[self.responses]
        mine = answers[best.place]["model"]
        texts = {" ".join(answers[one.place]["text"].split()): one for one in reversed(scored)}
        texts.pop(" ".join(answers[best.place]["text"].split()), None)
        others = [
            one
            for one in texts.values()
            if (self.verified is None or (value_of(answers[one.place], self.verified) or 0.0) < _RIGHT)
            and (self.models == "any" or (answers[one.place]["model"] == mine) == (self.models == "same"))
        ]
        return rejected(pick, best, others, seed=row["id"])

    @property
    def _band(self) -> tuple[float, float]:
        least, most = self.band
        return least, math.inf if most is None else most

    def _scored(self, answers: Sequence[Response]) -> list[Candidate]:
        """List the candidates that are in and have every score that is gone by."""
        found = []
        for place, answer in enumerate(answers):
            value = value_of(answer, self.by)
            judged = self.verified is None or value_of(answer, self.verified) is not None
            if answer["fault"] is None and value is not None and judged:
                found.append(Candidate(place, value, len(answer["text"])))
        return found

    def _best(self, answers: Sequence[Response], scored: Sequence[Candidate]) -> Candidate | None:
        verified = self.verified
        right = [one for one in scored if not verified or (value_of(answers[one.place], verified) or 0.0) >= _RIGHT]
        return max(right, key=lambda one: (one.score, -one.place), default=None)

    def _one(self, row: Row, pairing: str, **roles: Candidate) -> Row:
        made: Row = dict.fromkeys(self.makes()) | {"pairing": pairing}
        for role, candidate in roles.items():
            answer: Response = row[self.responses][candidate.place]
            made |= {role: answer["text"], f"{role}_model": answer["model"]}
            made[f"{role}_score"] = value_of(answer, self.by)
            made |= {f"{role}_thinking": answer["thinking"]}
        if pairing == "pair":
            best, other = roles["chosen"], roles["rejected"]
            made |= {"margin": best.score - other.score, "length_difference": best.length - other.length}
        return {**row, **made}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count what rows became, and set the five policies side by side on the rows that have several candidates."""
        counts = made.group_by("pairing").len().drop_nulls().sort("pairing").collect().rows()
        lines = [", ".join(f"{pairing} {count:,}" for pairing, count in counts)] if counts else []
        firsts = (pl.col("id") == pl.col("_from")) | (pl.col("id") == pl.col("_from") + ".0")
        rows = made.filter(firsts).select("_from", self.responses).head(_MOST_TOLD)
        tallies = {policy: Tally() for policy in POLICIES}
        for batch in rows.collect_batches(chunk_size=5_000, maintain_order=True):
            for row in batch.iter_rows(named=True):
                for policy, tally in tallies.items():
                    tally.add(self._first(row, policy))
        told = {policy: tally.told() for policy, tally in tallies.items() if tally.pairs}
        return lines + [f"{policy}: {text}" + " ← this run" * (policy == self.policy) for policy, text in told.items()]

    def _first(self, row: Row, policy: Policy) -> tuple[Candidate, Candidate] | None:
        """Give the pair that a policy makes of a row first; an open band ends at the widest gap for `margin`."""
        answers: list[Response] = row[self.responses] or []
        left = [place for place, one in enumerate(answers) if one["fault"] is None]
        scored = self._scored(answers)
        best = self._best(answers, scored)
        if best is None or len(left) < 2 or self._unpaired(answers, left, scored):
            return None
        least, most = self._band
        if policy == "margin" and math.isinf(most):
            most = max((best.score - one.score for one in scored), default=least)
        worse = self.worse({**row, "id": row["_from"]}, Pick(policy, (least, most)), best, scored)
        return (best, worse[0]) if worse else None


@dataclass
class Tally:
    """What the pairs of a policy are like: how far the chosen is ahead, and by how many characters it is longer."""

    pairs: int = 0
    margin: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    longer_by: int = 0
    longer: int = 0

    def add(self, pair: tuple[Candidate, Candidate] | None) -> None:
        """Count a pair, if there is one."""
        if pair is None:
            return
        best, other = pair
        margin, length = best.score - other.score, best.length - other.length
        self.pairs += 1
        self.margin += margin
        self.least, self.most = min(self.least, margin), max(self.most, margin)
        self.longer_by += length
        self.longer += length > 0

    def told(self) -> str:
        """Say it in a line."""
        return (
            f"{self.pairs:,} pairs, margin {self.margin / self.pairs:.3g} ({self.least:.3g} to {self.most:.3g}), "
            f"the chosen longer by {self.longer_by / self.pairs:+.0f} characters, in {self.longer / self.pairs:.0%}"
        )
