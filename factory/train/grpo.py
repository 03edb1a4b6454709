"""GRPO: TRL's trainer on a run's grpo shard, with the factory's verifiers as rewards and every answer kept.

    factory train grpo outputs/grpo_arithmetic --model outputs/sums_lora --out outputs/sums_grpo

What is kept is described in factory/train/answers.py, what the loss makes of it in factory/train/aggregation.py.
"""

import importlib.util
import math
import os
from typing import TYPE_CHECKING, Any

import polars as pl

from factory.engines._reasoning import opened
from factory.errors import UserError
from factory.rows import Row
from factory.train import aggregation
from factory.train.answers import PART, Answers, keeper
from factory.train.grpo_settings import Grpo
from factory.train.job import Job, Ready
from factory.train.judging import Judge, closer
from factory.train.masks import Chat, Template
from factory.train.rewards import Measure, as_trl_calls_it, last_said, measures

if TYPE_CHECKING:
    import torch
    from trl import GRPOTrainer

_TRIED = 3
"""Rows by which a judge is tried before the training."""
_SHOWN_TO_REWARDS = {"id", "prompt", "answer", "tests", "kind", "language", "criteria"}
"""Columns that rewards may need, beside those of the judge's prompt."""


def trainer(job: Job, settings: Grpo) -> Ready:
    """Prepare the trainer. Raises UserError if the shard, the batch, a reward or the judge does not serve."""
    import datasets
    import torch
    from trl import GRPOConfig

    rows, left_out = _rows(job, settings)
    parts: dict[str, Measure] = dict(measures(settings, rows))
    callbacks = [keeper(answers := Answers(job.out, list(settings.rewards.weights)))]
    if settings.rewards.rubric is not None:
        judge = Judge(settings.rewards.rubric)
        judge.check(rows[:_TRIED])
        parts["rubric"] = judge
        callbacks.append(closer(judge))
    stops, opening = _stops(job), opened(_asked(Template(job.tokenizer), settings, rows[0]))
    config = GRPOConfig(
        **job.arguments,
        **_drawing(settings),
        num_iterations=settings.iterations,
        beta=settings.beta,
        epsilon=settings.epsilon,
        epsilon_high=settings.epsilon_high,
        loss_type=settings.loss_type,
        scale_rewards=settings.scale_rewards,
        reward_weights=list(settings.rewards.weights.values()),
    )
    if config.use_vllm:
        _check_vllm(job, settings)
    made = _trainer_class(settings, answers)(
        model=job.model,
        reward_funcs=[as_trl_calls_it(name, parts[name], stops, opening) for name in settings.rewards.weights],
        args=config,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=job.tokenizer,
        peft_config=job.adapter,
        callbacks=callbacks,
    )
    drawn_by = "vllm" if config.use_vllm else "transformers"
    if torch.cuda.is_available() and settings.vllm == "auto" and not config.use_vllm:
        job.say("answers are drawn by transformers, many times slower than by vLLM, which is not installed here")
    return Ready(made, len(rows), left_out, notes={"answers_a_step": settings.rows_a_step, "drawn_by": drawn_by})


def _rows(job: Job, settings: Grpo) -> tuple[list[Row], dict[str, int]]:
    """Read the shard's rows that leave room for an answer; gives how many do not, by reason."""
    files = job.run.files(settings.kind, "train")
    if not files:
        raise UserError(f"{job.run.root}: the {settings.kind} shard has no train split")
    if job.tokenizer.chat_template is None:
        raise UserError("the model's tokenizer has no chat template, which GRPO needs to show it a prompt")
    frame = pl.concat([pl.read_parquet(file) for file in files])
    rubric = settings.rewards.rubric
    shown = _SHOWN_TO_REWARDS | set(rubric.prompt.variables if rubric else ()) - {"instruction", "response"}
    room = settings.max_tokens - settings.max_answer_tokens
    rows = frame.select(name for name in frame.columns if name in shown).to_dicts()
    template = Template(job.tokenizer)
    kept = [row for row in rows if template.count(_asked(template, settings, row)) <= room]
    if len(kept) < settings.batch:
        raise UserError(
            f"{job.run.root}: {len(kept)} of the {len(rows)} rows of the grpo shard can be used, and a step takes "
            f"batch = {settings.batch} prompts; a prompt may have {room:,} tokens (max_tokens - max_answer_tokens)"
        )
    if spare := len(kept) % settings.batch:
        job.say(f"{spare} of the {len(kept)} prompts, others each time, are left over by an epoch's whole steps")
    long = len(rows) - len(kept)
    return kept, {f"prompts longer than {room:,} tokens": long} if long else {}


def _asked(template: Template, settings: Grpo, row: Row) -> str:
    """Give the prompt as the model is asked it."""
    chat, said = Chat(f"row {row['id']}", row["prompt"], 0, None), settings.chat_template_kwargs
    return str(template.render(chat, row["prompt"], tokenize=False, add_generation_prompt=True, **said))


def _stops(job: Job) -> frozenset[int]:
    """Give the tokens that end an answer, as GRPOTrainer finds them."""
    own = job.model.generation_config.eos_token_id
    listed = own if isinstance(own, list) else [own]
    return frozenset({job.tokenizer.eos_token_id, *listed} - {None})


def _drawing(settings: Grpo) -> dict[str, Any]:
    """Say how answers are drawn, and by what."""
    import torch

    with_vllm = settings.vllm == "auto" and torch.cuda.is_available() and importlib.util.find_spec("vllm") is not None
    return {
        "num_generations": settings.generations,
        "max_completion_length": settings.max_answer_tokens,
        "chat_template_kwargs": settings.chat_template_kwargs,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "use_vllm": with_vllm,
        "vllm_mode": "colocate",
        "vllm_gpu_memory_utilization": settings.vllm_memory,
        "vllm_max_model_length": settings.max_tokens,
    }


def _check_vllm(job: Job, settings: Grpo) -> None:
    """Raise UserError if vLLM cannot hold the model beside the training, or cannot be given its weights."""
    import torch

    if os.environ.get("ACCELERATE_USE_FSDP") == "true" and os.environ.get("FSDP_VERSION", "1") == "1":
        raise UserError("vllm: it cannot be given weights that FSDP 1 splits; set fsdp_version: 2, or vllm: off")
    total, copy = torch.cuda.mem_get_info()[1], 2 * job.model.num_parameters()
    if copy >= settings.vllm_memory * total:
        raise UserError(
            f"vllm_memory: {settings.vllm_memory:g} of the GPU does not hold the model's {copy / 2**30:.0f} GiB;"
            " raise it, or set vllm: off"
        )


def _trainer_class(settings: Grpo, answers: Answers) -> "type[GRPOTrainer]":
    """Make GRPOTrainer's heir that leaves half-scored answers out of their group, and keeps all of them."""
    import torch
    from accelerate.utils import gather_object
    from trl import GRPOTrainer

    group, weights = settings.generations, settings.rewards.weights
    owed = torch.tensor([name == "rubric" for name in weights])

    # TRL has no hook between the rewards and the advantages, hence its private methods; its version is pinned.
    class Trainer(GRPOTrainer):
        def _get_train_sampler(self, dataset: Any = None) -> Any:
            sampler: Any = super()._get_train_sampler(dataset)
            # TRL's draws each epoch from where the one before ended, which a training that goes on does not know.
            sampler.set_epoch = lambda epoch: sampler.generator.manual_seed(self.args.seed + epoch)
            return sampler

        def _calculate_rewards(self, *drawn: Any) -> torch.Tensor:
            self.parts: torch.Tensor = super()._calculate_rewards(*drawn)
            self.counted = unscored_left_out(self.parts, self.reward_weights, group, owed)
            return self.counted

        def _generate_and_score_completions(self, inputs: Any) -> Any:
            made = super()._generate_and_score_completions(inputs)
            whole = (self.counted * self.reward_weights.to(self.counted.device)).nansum(dim=1)
            whole[self.counted.isnan().all(dim=1)] = torch.nan
            logged = self._metrics["train"]
            logged["reward_std_in_group"].append(spread_in_group(whole, group))
            logged["unscored"].append(whole.isnan().float().mean().item())
            tokens = made["completion_mask"].sum(dim=1)
            last = made["completion_ids"].gather(1, (tokens - 1).clamp(min=0).unsqueeze(1)).squeeze(1)
            finished = torch.isin(last, torch.tensor(self.eos_token_ids, device=last.device))
            lengths = self.accelerator.gather(tokens).tolist()
            each = aggregation.token_weights(lengths, settings.loss_type, settings.max_answer_tokens)
            ids = gather_object([str(row.get("id", "")) for row in inputs])
            columns = {
                "id": ids,
                "prompt": [last_said(prompt) for prompt in list(self._logs["prompt"])[-len(ids) :]],
                "answer": [answer[-1]["content"] or "" for answer in list(self._logs["completion"])[-len(ids) :]],
                "tokens": lengths,
                "finished": self.accelerator.gather(finished).tolist(),
                **{f"{PART}{name}": self.parts[:, at].tolist() for at, name in enumerate(weights)},
                "reward": whole.tolist(),
                "advantage": list(self._logs["advantages"])[-len(ids) :],
                "weight": (each * lengths).tolist(),
                "token_weight": each.tolist(),
            }
            if self.accelerator.is_main_process:
                answers.add(self.state.global_step + 1, columns)
            return made

    return Trainer


def unscored_left_out(
    parts: "torch.Tensor", weights: "torch.Tensor", group: int, owed: "torch.Tensor"
) -> "torch.Tensor":
    """Give the parts of the reward, answers × parts, with NaN for all of an answer that lacks one its group has.

    TRL adds up the parts that are there: an answer whose judgement cannot be read would get the worst one. All NaN is
    how it is told to leave an answer out, with an advantage of 0. A part that no answer of a group has (there is
    nothing to verify) makes no difference within it, and stays NaN; but for parts that are `owed` to every answer.
    """
    missing = parts.isnan().view(-1, group, parts.shape[1])
    half = missing & (~missing.all(dim=1, keepdim=True) | owed.to(parts.device)) & (weights.to(parts.device) > 0)
    return parts.masked_fill(half.any(dim=2).view(-1, 1), float("nan"))


def spread_in_group(rewards: "torch.Tensor", group: int) -> float:
    """Give the standard deviation of the rewards of a group, averaged over the groups; NaN if none has two rewards."""
    spreads = [scored.std().item() for one in rewards.view(-1, group) if len(scored := one[~one.isnan()]) > 1]
    return sum(spreads) / len(spreads) if spreads else math.nan
