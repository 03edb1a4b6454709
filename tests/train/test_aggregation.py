"""What an answer counts for, against the gradient that TRL's trainer really takes."""

import numpy as np
import pytest

from factory.train import answers
from factory.train.aggregation import answer_weights, token_weights
from factory.train.grpo_settings import Grpo
from tests.train.grpo_toys import SETTINGS, model_of, ready_of

LENGTHS = [2, 8, 10]


@pytest.mark.parametrize(
    ("loss_type", "tokens", "whole"),
    [
        ("grpo", [1 / 6, 1 / 24, 1 / 30], [1 / 3, 1 / 3, 1 / 3]),
        ("dapo", [1 / 20] * 3, [0.1, 0.4, 0.5]),
        ("dr_grpo", [1 / 36] * 3, [2 / 36, 8 / 36, 10 / 36]),
    ],
)
def test_weights_by_hand(loss_type, tokens, whole):
    assert token_weights(LENGTHS, loss_type, 12) == pytest.approx(tokens)
    assert answer_weights(LENGTHS, loss_type, 12) == pytest.approx(whole)


def test_an_answer_without_tokens_weighs_nothing():
    assert answer_weights([0, 4], "grpo", 12) == pytest.approx([0, 0.5])


@pytest.mark.model
@pytest.mark.filterwarnings("default")  # the trainers' own
@pytest.mark.parametrize("loss_type", ["grpo", "dapo", "dr_grpo"])
def test_the_weights_are_those_of_trls_loss(loss_type, tmp_path):
    """The gradient of a step of two micro-batches is that of -Σ advantage · token weight · log-probability."""
    import torch
    from transformers import TrainerCallback

    taken = {}

    class Take(TrainerCallback):
        def on_pre_optimizer_step(self, args, state, control, model=None, **rest):
            taken.update({name: part.grad.clone() for name, part in model.named_parameters() if part.grad is not None})

    settings = Grpo(**SETTINGS, loss_type=loss_type, device_batch=4, max_steps=1)
    trainer = ready_of(tmp_path, settings, max_grad_norm=0.0).trainer
    before = model_of()  # its weights are drawn from the same seed
    trainer.add_callback(Take())
    trainer.train()

    batches = trainer._buffered_inputs
    assert len(batches) == 2
    lengths = [int(count) for batch in batches for count in batch["completion_mask"].sum(1)]
    assert len(set(lengths)) > 2, "answers of one length show nothing"
    weights = iter(token_weights(lengths, loss_type, settings.max_answer_tokens))
    for batch in batches:
        ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)
        mask = torch.cat([batch["prompt_mask"], batch["completion_mask"]], 1)
        drawn = batch["completion_ids"]
        logits = before(input_ids=ids, attention_mask=mask).logits[:, -drawn.shape[1] - 1 : -1]
        said = logits.log_softmax(-1).gather(2, drawn.unsqueeze(2)).squeeze(2)
        each = torch.tensor([next(weights) for _ in drawn], dtype=said.dtype)
        (-(batch["advantages"] * each).unsqueeze(1) * said * batch["completion_mask"]).sum().backward()
    assert batches[0]["advantages"].abs().max() > 0.1
    assert set(taken) == {name for name, _ in before.named_parameters()}
    for name, part in before.named_parameters():
        torch.testing.assert_close(part.grad, taken[name], rtol=1e-3, atol=1e-6)

    kept = answers.read(tmp_path / "out")
    assert sorted(kept["tokens"]) == sorted(lengths)
    assert sorted(kept["token_weight"]) == pytest.approx(sorted(token_weights(lengths, loss_type, 12)))
    assert np.allclose(kept["weight"], kept["token_weight"] * kept["tokens"])
