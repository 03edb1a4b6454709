"""Supervised fine-tuning and continued pretraining, by TRL's SFTTrainer on rows that are tokens already.

The loss is the mean over all learnt tokens of a step, over devices and gradient accumulation too: what TRL does when it
is told how many there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factory.train import masked, packing
from factory.train.data import Data, Row, chunks, documents, head, none_fit, rows_of
from factory.train.job import Job, Ready
from factory.train.masks import Template, chat_of
from factory.train.processes import sharded
from factory.train.settings import Sft

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase
    from trl import SFTTrainer

HELD_OUT = 512
"""Rows of the test split that are measured."""


def trainer(job: Job, settings: Sft) -> Ready:
    """Make the trainer ready. Raises UserError for rows, a template or a model that cannot be trained with."""
    import trl

    data = data_of(rows_of(job.run, settings.kind, "train"), job.tokenizer, settings)
    if not data.rows:
        half = " / 2, as each is read twice" if settings.objective == "masked" else ""
        raise none_fit(job.run, settings.kind, data, f"max_tokens = {settings.max_tokens}{half}")
    if data.endless:
        job.say("the chat template ends a turn with no token of its own: the model will not learn where to stop")
    rows = data.dataset()
    notes: dict[str, Any] = {}
    if settings.packing:
        rows, left_over = packing.pack(rows, settings.max_tokens)
        notes["packing"] = {"rows": len(rows), "left_over": round(left_over, 4)}
    arguments = trl.SFTConfig(
        **job.arguments,
        max_length=None,
        padding_free=settings.packing,
        dataset_kwargs={"skip_prepare_dataset": True},
    )
    made = trl.SFTTrainer(
        job.model, arguments, train_dataset=rows, processing_class=job.tokenizer, peft_config=job.adapter
    )
    if settings.packing:
        _check_packing(made)
    if settings.objective == "masked":
        hiding = _hiding(made.data_collator, job.tokenizer, settings)
        made.data_collator = hiding
        made.add_callback(masked.by_epoch(hiding))
        notes["masked"] = {"share": settings.mask_share, "blank": job.tokenizer.decode([hiding.blank])}
    held_out = data_of(head(rows_of(job.run, settings.kind, "test"), HELD_OUT), job.tokenizer, settings)
    evaluate = HeldOut(made, held_out, job.tokenizer, settings) if held_out.rows else None
    return Ready(made, len(data.rows), dict(data.left_out), data.counts, notes, evaluate)


def data_of(rows: Iterable[Row], tokenizer: "PreTrainedTokenizerBase", settings: Sft) -> Data:
    """Turn the rows of a shard into tokens; for the masked objective each of them twice."""
    twice = settings.objective == "masked"
    most = settings.max_tokens // 2 if twice else settings.max_tokens
    if settings.kind == "cpt":
        data = documents(rows, tokenizer, most)
    else:
        data, template = Data(), Template(tokenizer)
        for chunk in chunks(rows):
            for tokens in template.encode([chat_of(row) for row in chunk], settings.loss_on):
                data.take(tokens, most)
        data.endless = template.endless
    if twice:
        data.rows = [masked.doubled(row).compact() for row in data.rows]
    return data


def _check_packing(made: Any) -> None:
    """Check that no row sees another: now, or where its weights are split, once they have come to their devices."""
    from transformers import TrainerCallback

    config, collate = made.model.config, made.data_collator

    def check(model: Any) -> None:
        with made.accelerator.autocast():  # flash attention takes no float32
            packing.check(model, config, made.args.device, collate)

    class Check(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            check(made.model_wrapped)

    if sharded():
        made.add_callback(Check())
    else:
        check(made.model)


def _hiding(collate: Any, tokenizer: "PreTrainedTokenizerBase", settings: Sft) -> masked.Hiding:
    return masked.Hiding(collate, settings.mask_share, masked.blank_of(tokenizer), settings.seed)


@dataclass(frozen=True)
class HeldOut:
    """Measures the mean loss of all learnt tokens of held-out rows, none of which is packed."""

    trainer: "SFTTrainer"
    data: Data
    tokenizer: "PreTrainedTokenizerBase"
    settings: Sft

    def __call__(self) -> dict[str, float]:
        """Give `{"loss": …}`, in nats a token."""
        import torch
        from torch.utils.data import DataLoader
        from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

        collate: Any = DataCollatorForLanguageModeling(pad_token_id=self.tokenizer.pad_token_id)
        if self.settings.objective == "masked":
            collate = _hiding(collate, self.tokenizer, self.settings)
        rows = self.data.dataset().to_list()
        size = self.trainer.args.per_device_train_batch_size
        accelerator = self.trainer.accelerator
        loader = accelerator.prepare_data_loader(DataLoader(rows, size, collate_fn=collate))
        model: Any = self.trainer.model_wrapped if sharded() else self.trainer.model
        model.eval()
        losses, counts = [], []
        with torch.no_grad(), accelerator.autocast():  # as in training, also before it
            for batch in loader:
                said = model(**batch, fused_lm_head=True, use_cache=False)
                sums = torch.stack([-said.log_probs.float().sum(1), said.label_mask.sum(1).float()], 1)
                loss, count = accelerator.gather_for_metrics(sums).double().sum(0).tolist()
                losses.append(loss)
                counts.append(count)
        result = {"loss": sum(losses) / sum(counts)}
        self.trainer.log({f"eval_{name}": value for name, value in result.items()})
        return result
