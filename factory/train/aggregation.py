"""What each answer, and each of its tokens, counts for in the loss of a GRPO step, by the type of the loss.

    token_weights([10, 40], "grpo", longest=64)      # [0.05, 0.0125]: 1 / (answers · own length)
    token_weights([10, 40], "dapo", longest=64)      # [0.02, 0.02]: 1 / all tokens
    token_weights([10, 40], "dr_grpo", longest=64)   # [0.0078, 0.0078]: 1 / (answers · longest allowed)

The loss of a step is -Σ advantage · weight · ratio over the tokens. With `grpo` each answer has the same weight, so
that a token of a short answer has more than one of a long answer: among right answers short ones are pulled up harder,
among wrong ones long ones are pushed down less (Liu et al., "Understanding R1-Zero-Like Training", arXiv:2503.20783).
`dapo` (arXiv:2503.14476) and `dr_grpo` give each token of a step the same weight, and so a long answer more than a
short one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from factory.train.grpo_settings import LossType

    Floats = NDArray[np.float64]


def token_weights(lengths: "Sequence[int] | Floats", loss_type: "LossType", longest: int) -> "Floats":
    """Give the weight of one token of each of a step's answers, from their lengths in tokens.

    `longest` is the length at which answers are cut off. As TRL's GRPOTrainer computes the loss.
    """
    tokens = np.maximum(np.asarray(lengths, dtype=np.float64), 1)
    if loss_type == "grpo":
        return 1 / (len(tokens) * tokens)
    if loss_type == "dapo":
        return np.full(len(tokens), 1 / tokens.sum())
    return np.full(len(tokens), 1 / (len(tokens) * longest))


def answer_weights(lengths: "Sequence[int] | Floats", loss_type: "LossType", longest: int) -> "Floats":
    """Give the weight of each of a step's answers: that of its tokens together. They sum to 1, or less (`dr_grpo`)."""
    return token_weights(lengths, loss_type, longest) * np.asarray(lengths, dtype=np.float64)
