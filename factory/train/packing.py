"""Several rows in one, so that no time goes into padding; no row sees another.

    input_ids    a a a a b b b c c      position_ids  0 1 2 3 0 1 2 0 1

Positions that begin anew tell the attention where a row begins: transformers makes a block-diagonal mask of them, or
hands the borders to flash attention. A model that does not heed them would read across the rows, and is refused.
"""

from typing import TYPE_CHECKING, Any

from factory.errors import UserError

if TYPE_CHECKING:
    import datasets


def pack(rows: "datasets.Dataset", most: int) -> tuple["datasets.Dataset", float]:
    """Pack rows of at most `most` tokens, best fit first; gives the share of the packed rows that stays empty, too."""
    import trl

    packed = trl.pack_dataset(rows, most, "bfd")
    tokens = sum(sum(lengths) for lengths in packed["seq_lengths"])
    return packed, 1 - tokens / (len(packed) * most)


def check(model: Any, config: Any, device: Any, collate: Any) -> None:
    """Raise UserError if what a packed row begins with changes what the model says of what follows it."""
    import torch

    size = config.get_text_config().vocab_size
    first, other, last = ([(start + step) % size for step in range(8)] for start in (10, 100, 50))
    said = []
    model.eval()
    with torch.no_grad():
        for before in (first, other):
            row = {"input_ids": before + last, "labels": before + last, "seq_lengths": [len(before), len(last)]}
            batch = {name: value for name, value in collate([row]).items() if name != "labels"}
            moved = {name: value.to(device) if hasattr(value, "to") else value for name, value in batch.items()}
            said.append(model(**moved, use_cache=False).logits[0, len(before) :].float())
    if not torch.allclose(said[0], said[1], rtol=1e-3, atol=1e-3):
        raise UserError(
            f"packing: {type(model).__name__} with {config._attn_implementation} attention reads across packed "
            "rows; set packing: false"
        )
