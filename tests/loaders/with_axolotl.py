"""Feeds an export to axolotl's loaders, with the configuration and the reward module that how_to_train.md shows."""

import sys
from pathlib import Path

from reading import arguments, finish, sections, tokenizer


def shown(row, tok):
    """Decode what the trainer is given, and what of it is learned."""
    told = {}
    for name, value in row.items():
        if name.endswith("labels"):
            told[name] = tok.decode([token for token in value if token != -100])
        else:
            told[name] = tok.decode(value) if name.endswith("_ids") else value
    return told


def main() -> None:
    # Not at the top: axolotl saves in processes of its own, which would each import it again.
    import multiprocess
    import yaml
    from axolotl.utils.config import normalize_config, validate_config
    from axolotl.utils.data import prepare_datasets, prepare_preference_datasets
    from axolotl.utils.dict import DictDefault

    multiprocess.set_start_method("fork", force=True)
    export, folder = arguments()
    tok = tokenizer(folder)
    found = {}
    sys.path.insert(0, ".")
    for kind, blocks in sections(export).items():
        given = yaml.safe_load(blocks["yaml"])
        own = {"base_model": str(folder), "tokenizer_config": str(folder), "sequence_len": 4096, "micro_batch_size": 1}
        own |= {"gradient_accumulation_steps": 1, "learning_rate": 1e-5, "num_epochs": 1, "dataset_num_proc": 1}
        own |= {"dataset_prepared_path": str(Path("prepared") / kind), "output_dir": "saves"}
        cfg = validate_config(DictDefault(given | own))
        normalize_config(cfg)
        if "python" in blocks:
            Path("rewards.py").write_text(blocks["python"], encoding="utf-8")
        prepare = prepare_preference_datasets if cfg.rl else prepare_datasets
        train, test = prepare(cfg, tok)[:2]
        found[kind] = {"train": [shown(row, tok) for row in train], "test": len(test)}
    finish(found)


if __name__ == "__main__":
    main()
