"""Problems of reasoning-gym with a known answer, by field and difficulty.

reasoning-gym (https://github.com/open-thought/reasoning-gym, arXiv:2505.24760) is Apache-2.0. Of its hundred
datasets these give a short final answer that `compare.same` can judge. Left out are those that need a scorer of
their own (any valid plan, path or grid counts), those whose question read as an answer is already equal to the
right one (simplify a fraction, factorise, multiply out), those answered by yes or no, and those that are unsound:
`number_sequence` (several continuations), `simple_geometry` beyond triangles ("convex" with an angle of 364 degrees).
"""

from typing import Any, NamedTuple


class Problem(NamedTuple):
    """A problem, its final answer and the dataset it comes from."""

    problem: str
    answer: str
    source: str


class Generator(NamedTuple):
    """A dataset's field (`fields.FIELDS`) and its settings at each difficulty (`fields.DIFFICULTY`)."""

    field: str
    levels: dict[int, dict[str, Any]]


class Choice(NamedTuple):
    """A generator and one of its levels, to be given to `make`."""

    name: str
    difficulty: int


GENERATORS: dict[str, Generator] = {
    "chain_sum": Generator(
        "arithmetic",
        {
            2: {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1},
            3: {"min_terms": 2, "max_terms": 3, "min_digits": 2, "max_digits": 2},
            4: {"min_terms": 3, "max_terms": 5, "min_digits": 2, "max_digits": 3},
        },
    ),
    "products": Generator(
        "arithmetic",
        {
            2: {"min_digits": 1, "max_digits": 1},
            3: {"min_digits": 2, "max_digits": 2},
            4: {"min_digits": 3, "max_digits": 4},
        },
    ),
    "basic_arithmetic": Generator(
        "arithmetic",
        {
            3: {"min_terms": 3, "max_terms": 3, "min_digits": 1, "max_digits": 1, "allow_negation": False},
            4: {"min_terms": 4, "max_terms": 6, "min_digits": 1, "max_digits": 2},
        },
    ),
    "decimal_chain_sum": Generator(
        "arithmetic",
        {
            3: {"min_terms": 2, "max_terms": 2, "max_digits": 2, "max_decimal_places": 2},
            4: {"min_terms": 3, "max_terms": 5, "max_digits": 3, "max_decimal_places": 3},
        },
    ),
    "leg_counting": Generator(
        "arithmetic",
        {
            3: {"min_animals": 2, "max_animals": 2, "max_instances": 6},
            4: {"min_animals": 3, "max_animals": 6, "max_instances": 15},
        },
    ),
    "gsm_symbolic": Generator("arithmetic", {4: {}}),
    "simple_equations": Generator(
        "algebra",
        {
            3: {"min_terms": 2, "max_terms": 2, "max_value": 20, "operators_weights": [0.5, 0.5, 0.0]},
            4: {"min_terms": 2, "max_terms": 4},
        },
    ),
    "gcd": Generator("number_theory", {3: {"max_value": 60}, 4: {"min_value": 60, "max_value": 999}}),
    "lcm": Generator("number_theory", {3: {"max_value": 12}, 4: {"min_value": 10, "max_value": 100}}),
    "count_primes": Generator("number_theory", {4: {"max_n": 50}, 5: {"max_n": 300}}),
    "count_bits": Generator("number_theory", {5: {"max_n": 255}, 6: {"min_n": 1 << 16, "max_n": 1 << 24}}),
    "base_conversion": Generator(
        "number_theory", {5: {"max_base": 10, "max_value": 50}, 6: {"max_base": 10, "min_value": 100}}
    ),
    "simple_geometry": Generator("geometry", {3: {"min_sides": 3, "max_sides": 3}}),
    "advanced_geometry": Generator(
        "geometry", {5: {"task_types": ["angle_measure"]}, 6: {"task_types": ["orthocenter", "incircle_radius"]}}
    ),
    "coin_flip": Generator(
        "probability", {4: {"min_trials": 2, "max_trials": 4}, 5: {"min_trials": 5, "max_trials": 9}}
    ),
    "dice": Generator("probability", {4: {"num_dice": 2, "max_dice_size": 6}, 6: {"num_dice": 4, "max_dice_size": 12}}),
    "time_intervals": Generator(
        "measurement", {3: {"task_types": ["time"]}, 4: {"task_types": ["time_seconds", "date"]}}
    ),
    "calendar_arithmetic": Generator(
        "measurement",
        {3: {"tasks": ["count_days", "recurring_event_day"]}, 4: {"tasks": ["weekday_offset", "count_business_days"]}},
    ),
    "simple_integration": Generator(
        "calculus",
        {
            5: {"max_terms": 2, "max_degree": 3, "symbols": ("x",)},
            6: {"min_terms": 3, "max_terms": 5, "max_degree": 8, "symbols": ("x",)},
        },
    ),
    "family_relationships": Generator("logic", {3: {"max_family_size": 5}}),
    "aiw": Generator("logic", {4: {"max_entities": 4}, 5: {"max_entities": 9}}),
    "zebra_puzzles": Generator(
        "logic", {6: {"num_people": 3, "num_characteristics": 3}, 7: {"num_people": 4, "num_characteristics": 4}}
    ),
    "self_reference": Generator("logic", {7: {"difficulty": 5}}),
}


def make(name: str, difficulty: int, seed: int) -> Problem:
    """Return the problem of a generator at one of its levels, the same for a seed in every process.

    The first call imports reasoning-gym, which takes seconds. ValueError when there is no such level.
    """
    from reasoning_gym import create_dataset

    generator = GENERATORS.get(name)
    if generator is None or difficulty not in generator.levels:
        known = (
            f"its levels are {sorted(generator.levels)}" if generator else f"there are {', '.join(sorted(GENERATORS))}"
        )
        raise ValueError(f"no generator {name!r} of difficulty {difficulty}; {known}")
    item = create_dataset(name, seed=seed, size=1, **generator.levels[difficulty])[0]
    return Problem(item["question"].strip(), str(item["answer"]).strip(), f"reasoning-gym/{name}")


def choose(field: str, difficulty: int, within: int = 9) -> list[Choice]:
    """List the generators of a field, each at its level nearest to a difficulty, nearest first.

    Only levels at most `within` away count; [] when there is none.
    """
    near = (
        Choice(name, min(generator.levels, key=lambda level: abs(level - difficulty)))
        for name, generator in GENERATORS.items()
        if generator.field == field
    )
    kept = [choice for choice in near if abs(choice.difficulty - difficulty) <= within]
    return sorted(kept, key=lambda choice: (abs(choice.difficulty - difficulty), choice.name))
