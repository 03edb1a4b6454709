"""Direct preference optimisation, by TRL's DPOTrainer on pairs that are tokens already.

    {"prompt_ids": [1, 4093, …], "chosen_ids": [42, 2], "rejected_ids": [57, 2]}

The reference is the model that the training begins with: under an adapter the same weights with the adapter switched
off, else a frozen copy of them.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from factory.errors import UserError
from factory.train.data import Row, head, rows_of, too_long
from factory.train.job import Job, Ready
from factory.train.masks import Chat, Template
from factory.train.processes import count, summed_in_float32
from factory.train.settings import Dpo

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

HELD_OUT = 512
"""Pairs of the test split that are measured."""
MEASURES = {"loss": "loss", "rewards/margins": "margin", "rewards/accuracies": "accuracy"}
Pair = dict[str, list[int]]


def trainer(job: Job, settings: Dpo) -> Ready:
    """Make the trainer ready. Raises UserError for pairs or a template that cannot be trained with."""
    import datasets
    import trl

    class Trainer(trl.DPOTrainer):
        def _prepare_dataset(self, dataset: Any, *rest: Any) -> Any:
            return dataset

        def create_accelerator_and_postprocess(self) -> None:
            super().create_accelerator_and_postprocess()
            summed_in_float32(self)  # before the reference is split

        def get_batch_samples(self, *given: Any) -> Any:
            samples, items = super().get_batch_samples(*given)
            self.at_once = sum(len(one["input_ids"]) for one in samples) / max(1, len(samples))
            return samples, items

        def compute_loss(self, model: Any, inputs: Any, *rest: Any, **more: Any) -> Any:
            # TRL takes the mean of batches, of which the last one of an epoch may be small: of pairs it is the step's.
            loss: Any = super().compute_loss(model, inputs, *rest, **more)  # type: ignore[no-untyped-call]
            return loss * (len(inputs["input_ids"]) / self.at_once) if model.training else loss

    pairs, left_out = pairs_of(rows_of(job.run, "dpo", "train"), job.tokenizer, settings.max_tokens)
    if not pairs:
        most, rows = settings.max_tokens, sum(left_out.values())
        raise UserError(f"{job.run.root}: none of the {rows} rows of the dpo shard fits max_tokens = {most}")
    held_out, _ = pairs_of(head(rows_of(job.run, "dpo", "test"), HELD_OUT), job.tokenizer, settings.max_tokens)
    held_out = held_out[: len(held_out) // count() * count()] or held_out  # a batch is filled up with copies else
    arguments = trl.DPOConfig(
        **{**job.arguments, "per_device_eval_batch_size": _even(len(held_out), job.arguments)},
        max_length=None,
        beta=settings.beta,
        loss_type=[settings.loss],
        label_smoothing=settings.label_smoothing,
    )
    made: Any = Trainer(
        job.model,
        args=arguments,
        train_dataset=datasets.Dataset.from_list(pairs),
        eval_dataset=datasets.Dataset.from_list(held_out) if held_out else None,
        processing_class=job.tokenizer,
        peft_config=job.adapter,
    )
    for part in made.model.modules():
        for dropout in getattr(part, "lora_dropout", {}).values():
            dropout.p = settings.lora.dropout  # TRL takes all dropout out, the adapter's too
    tokens = {
        "all": sum(2 * len(pair["prompt_ids"]) + _answered(pair) for pair in pairs),
        "trained": sum(map(_answered, pairs)),
    }
    evaluate = (lambda: measured(made)) if held_out else None
    return Ready(made, len(pairs), dict(left_out), tokens, evaluate=evaluate)


def pairs_of(rows: Iterable[Row], tokenizer: "PreTrainedTokenizerBase", most: int) -> tuple[list[Pair], Counter[str]]:
    """Turn pairs into tokens; those of which an answer does not fit are left out and counted."""
    template = Template(tokenizer)
    pairs: list[Pair] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        chat = Chat(f"row {row['id']}", row["prompt"], 0, None)
        prompt, *answers = template.prompt_and_answers(chat, row["prompt"], [row["chosen"], row["rejected"]])
        if len(prompt) + max(map(len, answers)) > most:
            left_out[too_long(most)] += 1
        else:
            pairs.append({"prompt_ids": prompt, "chosen_ids": answers[0], "rejected_ids": answers[1]})
    return pairs, left_out


def measured(made: Any) -> dict[str, float]:
    """Give the mean loss and reward margin of the held-out pairs, and the share of them that are told apart.

    Before training there is no such share: the model is its own reference, and all pairs are ties.
    """
    accelerator = made.accelerator
    if not accelerator._models:  # before training: `evaluate` would mark the model so that `train` shares no gradients
        accelerator._models.append(made.model)
    with accelerator.autocast():  # as in training, also before it
        found = made.evaluate()
    told = {name: found[f"eval_{key}"] for key, name in MEASURES.items()}
    return told if told["margin"] else {name: value for name, value in told.items() if name != "accuracy"}


def _answered(pair: Pair) -> int:
    return len(pair["chosen_ids"]) + len(pair["rejected_ids"])


def _even(pairs: int, arguments: Any) -> int:
    """Give the largest batch that divides the held-out pairs: TRL takes the mean of batches of whatever size."""
    most = arguments["per_device_train_batch_size"]
    return next((size for size in range(most, 1, -1) if pairs % (size * count()) == 0), 1)
