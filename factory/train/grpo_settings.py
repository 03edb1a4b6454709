"""How a model is trained by GRPO (arXiv:2402.03300): how answers are drawn, what is rewarded, how the loss is made up.

parse("grpo", {"generations": 8, "rewards": {"correct": 1, "format": 0.1, "length": {"weight": 0.5, "margin": 64}}})
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from factory import plugins
from factory.engine import EngineSpec
from factory.prompts import PromptName
from factory.sandbox import Backend, Limits
from factory.stage import Sampling
from factory.train.settings import Training

LossType = Literal["grpo", "dapo", "dr_grpo"]
Verify = Literal["maths", "tests", "refusal"]


class Weighted(BaseModel):
    """A part of the reward. A bare number in the YAML is its weight: `correct: 1`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    weight: float = Field(1, ge=0)
    """What the part counts for in the sum; 0 records it and rewards nothing."""


class Correct(Weighted):
    """1 for a right answer, 0 for a wrong one, by the verifiers that the stages use."""

    verify: Verify | None = None
    """`maths`: the final answer means the same as the row's `answer`, as in `score_answer`. `tests`: the program passes
    every test of the row's `tests` in the sandbox, as in `run_tests`. `refusal`: the answer refuses or helps as the
    row's `kind` demands, as in `check_refusal`. Without it, each row by what it has: `tests`, `kind` or `answer`."""
    limits: Limits = Limits()
    """What a program may use on one test."""
    backend: Backend | None = None
    """The sandbox to use; the first that works on the machine without it."""


class Length(Weighted):
    """0, and near the longest allowed answer down to -1: DAPO's soft overlong punishment (arXiv:2503.14476, §3.4)."""

    margin: int | None = Field(None, gt=0)
    """The punishment grows over so many last tokens before `max_answer_tokens`; a fifth of those without it, as in the
    paper."""


class Rubric(Weighted):
    """A model judges each answer from 1 to 5; the part is (score - 1) / 4. A judgement that cannot be read is none."""

    engine: dict[str, Any]
    """The judge, as under `engines:` of a pipeline: `{kind: openai, base_url: …, model: …}`."""
    prompt: PromptName = Field(default="judge/{language}/rubric", validate_default=True)
    """Shown with the row's columns, the `instruction`, its `criteria` if it has any, and the `response`."""
    deductions: tuple[str, ...] = Field(("wrong", "off_topic", "incomplete", "unclear", "padded"), min_length=1)
    """The names of what points may be taken off for; the prompt says what each of them is."""
    n: int = Field(1, ge=1)
    """Judgements to average; more than half of them must be readable."""
    sampling: Sampling = Sampling(temperature=0, max_tokens=600)
    """How the judge draws its answers."""

    @field_validator("engine")
    @classmethod
    def _is_an_engine(cls, block: dict[str, Any]) -> dict[str, Any]:
        _spec(block)
        return block

    @model_validator(mode="after")
    def _drawn(self) -> "Rubric":
        if self.n > 1 and self.sampling.temperature == 0:
            raise ValueError(f"n: {self.n} judgements at temperature 0 are the same; set sampling.temperature")
        return self

    def spec(self) -> EngineSpec:
        """Read the engine's block."""
        return _spec(self.engine)


def _spec(block: Mapping[str, Any]) -> EngineSpec:
    if "kind" not in block:
        raise ValueError(f"`kind` is missing; known: {', '.join(plugins.names('engines'))}")
    kind = plugins.find("engines", str(block["kind"]), EngineSpec)
    spec = kind.model_validate({key: value for key, value in block.items() if key != "kind"})
    spec.check()
    return spec


def _weight(value: object) -> object:
    return {"weight": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class Rewards(BaseModel):
    """The parts of the reward that are asked for, each with its weight."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    correct: Annotated[Correct | None, BeforeValidator(_weight)] = None
    """Whether the answer is right."""
    format: Annotated[Weighted | None, BeforeValidator(_weight)] = None
    """1 for a whole answer in the form that is asked for, else 0: a result in a box, or a program that can be read."""
    rubric: Annotated[Rubric | None, BeforeValidator(_weight)] = None
    """What a judge says."""
    length: Annotated[Length | None, BeforeValidator(_weight)] = None
    """Punishes answers that nearly are cut off, or are."""

    @model_validator(mode="after")
    def _something(self) -> "Rewards":
        if not any(self.weights.values()):
            raise ValueError("every weight is 0, and nothing would be learnt; give one part a weight: correct: 1")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each part that is asked for."""
        return {name: part.weight for name, part in self if part is not None}


class Grpo(Training):
    """Group relative policy optimisation on prompts whose answers can be verified or judged."""

    method: ClassVar[str] = "grpo"
    shards: ClassVar[tuple[str, ...]] = ("grpo",)
    full_rate: ClassVar[float] = 1e-6

    batch: int = Field(8, gt=0)
    """Prompts a step, over all devices; each gets `generations` answers."""
    device_batch: int | None = Field(None, gt=0)
    """Answers that a device takes at once in the loss; without it, as many as fit into 8,192 tokens. Less needs less
    memory, the steps are the same."""
    log_every: int = Field(1, gt=0)
    """Steps between two points of the curves."""
    generations: int = Field(8, ge=2)
    """Answers to each prompt: the group that they are compared in."""
    max_answer_tokens: int = Field(256, gt=0)
    """Where an answer is cut off; `max_tokens` holds the prompt and the answer."""
    temperature: float = Field(1, gt=0)
    """How answers are drawn. Away from 1, the answers are not drawn from what is trained."""
    top_p: float = Field(1, gt=0, le=1)
    """The smallest set of next tokens with this probability is drawn from."""
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Values for the chat template, such as `{enable_thinking: false}`."""
    beta: float = Field(0, ge=0)
    """The weight of the KL divergence from the first model, which is then computed too. 0 as in DAPO and Dr. GRPO."""
    loss_type: LossType = "dapo"
    """How the tokens of a step are averaged; docs/grpo.md sets the three side by side. `dapo` gives each token the same
    weight; `grpo`, the paper's, each answer, so that a token of a long wrong answer is punished less; `dr_grpo`
    (arXiv:2503.20783) each token, by a constant that does not depend on the lengths."""
    scale_rewards: Literal["group", "batch", "none"] = "group"
    """What the advantages are divided by: the standard deviation of the group's rewards, of the whole step's, or
    nothing (`none`, as Dr. GRPO has it: groups that are nearly all right or all wrong then do not weigh more)."""
    iterations: int = Field(1, ge=1)
    """Steps on the same answers. With more than 1 the ratios of old and new probabilities move away from 1."""
    epsilon: float = Field(0.2, gt=0, lt=1)
    """The ratios are clipped at 1 - epsilon …"""
    epsilon_high: float | None = Field(None, gt=0)
    """… and at 1 + epsilon_high; the same without it. DAPO takes 0.28."""
    rewards: Rewards = Rewards(correct=Correct(weight=1), format=Weighted(weight=0.1))
    """Part → its weight: `correct`, `format`, `rubric`, `length`."""
    vllm: Literal["auto", "off"] = "auto"
    """`auto`: vLLM draws the answers on the GPU that trains, if there is one and vLLM is installed."""
    vllm_memory: float = Field(0.3, gt=0, lt=1)
    """The share of the GPU's memory that vLLM takes for its copy of the model and its cache."""

    @model_validator(mode="after")
    def _fits(self) -> "Grpo":
        if self.max_answer_tokens >= self.max_tokens:
            raise ValueError(
                f"max_answer_tokens: {self.max_answer_tokens} leaves no room for a prompt in max_tokens = "
                f"{self.max_tokens}"
            )
        length = self.rewards.length
        if length is not None and (length.margin or 0) > self.max_answer_tokens:
            raise ValueError(f"rewards.length.margin: {length.margin} is more than max_answer_tokens")
        return self

    @property
    def rows_a_step(self) -> int:
        """The answers to a step's prompts: TRL needs whole groups, which these are."""
        return self.batch * self.generations

    @property
    def steps_together(self) -> int:
        """The steps on the same answers, which no checkpoint holds."""
        return self.iterations

    @property
    def with_reference(self) -> bool:
        """With an adapter, the model without it is the reference."""
        return self.beta > 0 and self.tune == "full"
