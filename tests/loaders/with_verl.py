"""Feeds an export to verl's datasets, configured by verl's own configuration and the overrides of how_to_train.md."""

from pathlib import Path

import verl.trainer
from hydra import compose, initialize_config_dir
from reading import arguments, finish, learned, sections, tokenizer, words
from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

CONFIGS = {"sft": "sft_trainer_engine", "grpo": "ppo_trainer"}


def chats(data, tok):
    dataset = MultiTurnSFTDataset(list(data.train_files), tok, data)
    rows = []
    for row in (dataset[place] for place in range(len(dataset))):
        ids, mask = row["input_ids"].tolist(), row["loss_mask"].tolist()
        rows.append({"text": tok.decode(ids), "learned": learned(tok, ids, mask)})
    return rows


def prompts(data, tok):
    dataset = RLHFDataset(list(data.train_files), tok, data)
    rows = [dataset[place] for place in range(len(dataset))]
    batch = collate_fn([dict(row) for row in rows])
    assert len(batch["reward_model"]) == len(rows)
    return [{name: value for name, value in row.items() if name != "dummy_tensor"} for row in rows]


def main() -> None:
    export, folder = arguments()
    tok = tokenizer(folder)
    found = {}
    with initialize_config_dir(str(Path(verl.trainer.__path__[0]) / "config"), version_base=None):
        for kind, blocks in sections(export).items():
            overrides = [word for word in words(blocks["bash"]) if "=" in word]
            data = compose(CONFIGS[kind], overrides=overrides).data
            rows = chats(data, tok) if kind == "sft" else prompts(data, tok)
            found[kind] = {"train": rows, "test": len(data.val_files)}
    finish(found)


if __name__ == "__main__":
    main()
