"""Feeds an export to LLaMA-Factory's get_dataset, with the configuration that how_to_train.md shows."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

# LLaMA-Factory imports torchaudio for sounds; its builds need CUDA, and there is no sound in a chat.
sys.modules["torchaudio"] = ModuleType("torchaudio")
sys.modules["torchaudio"].__spec__ = ModuleSpec("torchaudio", None)

import yaml  # noqa: E402
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.hparams import get_train_args  # noqa: E402
from reading import arguments, finish, sections, tokenizer  # noqa: E402


def shown(row, tok):
    """Decode what the trainer is given, and what of it is learned."""
    told = {}
    for name, value in row.items():
        if name.endswith("input_ids"):
            told[name] = tok.decode(value)
        elif name.endswith("labels"):
            told[name] = tok.decode([token for token in value if token != -100])
        elif name == "kto_tags":
            told[name] = value
    return told


def main() -> None:
    export, folder = arguments()
    found = {}
    for kind, blocks in sections(export).items():
        given = yaml.safe_load(blocks["yaml"])
        own = {"model_name_or_path": str(folder), "template": "qwen", "output_dir": "saves"}
        own |= {"report_to": "none", "use_cpu": True, "cutoff_len": 16 if kind == "cpt" else 4096}
        model_args, data_args, training_args, finetuning_args, _ = get_train_args(given | own)
        tok = tokenizer(folder)
        template = get_template_and_fix_tokenizer(tok, data_args)
        stage = "rm" if finetuning_args.stage == "dpo" else finetuning_args.stage
        made = get_dataset(template, model_args, data_args, training_args, stage=stage, tokenizer=tok)
        rows = [shown(row, tok) for row in made["train_dataset"]]
        found[kind] = {"train": rows, "test": len(made["eval_dataset"])}
    finish(found)


if __name__ == "__main__":
    main()
