"""Feeds an export to OpenRLHF's datasets, with the flags that how_to_train.md shows."""

from types import SimpleNamespace

from openrlhf.datasets import PromptDataset, RewardDataset, SFTDataset
from openrlhf.datasets.utils import blending_datasets
from reading import arguments, finish, learned, sections, tokenizer, words

SWITCHES = {"apply_chat_template", "multiturn", "pretrain_mode_enable"}


def flags(block: str) -> dict[str, object]:
    """Read `--data.input_key messages` as input_key: messages."""
    found: dict[str, object] = {}
    given = words(block)
    for place, word in enumerate(given):
        name = word.rpartition(".")[2]
        if word.startswith("--") and "." in word:
            found["eval_" * word.startswith("--eval") + name] = True if name in SWITCHES else given[place + 1]
    return found


def masked(dataset, tok):
    rows = []
    for ids, _, mask in (dataset[number] for number in range(len(dataset))):
        after = [0, *mask[0].int().tolist()[:-1]]  # the mask is on the token before the one that is learned
        rows.append({"text": tok.decode(ids[0]), "learned": learned(tok, ids[0].tolist(), after)})
    return rows


def main() -> None:
    export, folder = arguments()
    tok = tokenizer(folder)
    found = {}
    for kind, block in sections(export).items():
        given = flags(block["bash"])
        strategy = SimpleNamespace(
            args=SimpleNamespace(data=SimpleNamespace(**given), use_ms=False), print=print, is_rank_0=lambda: True
        )
        path = given["prompt_dataset" if kind == "grpo" else "dataset"]
        train = blending_datasets(path, None, strategy)
        test = blending_datasets(given["eval_dataset"], None, strategy, dataset_split=given["eval_split"])
        if kind in ("sft", "cpt"):
            options = {"pretrain_mode": kind == "cpt", "multiturn": "multiturn" in given}
            rows = masked(SFTDataset(train, tok, 4096, strategy, num_processors=1, **options), tok)
        elif kind == "grpo":
            dataset = PromptDataset(train, tok, strategy)
            prompts = (dataset[place] for place in range(len(dataset)))
            rows = [{"datasource": row[0], "prompt": row[1], "label": row[2]} for row in prompts]
        else:
            dataset = RewardDataset(train, tok, 4096, strategy, is_dpo=kind == "dpo", num_processors=1)
            rows = [
                {"chosen": tok.decode(chosen[0]), "rejected": tok.decode(rejected[0]), "extra": extra}
                for chosen, _, rejected, _, extra in (dataset[place] for place in range(len(dataset)))
            ]
        found[kind] = {"train": rows, "test": len(test)}
    finish(found)


if __name__ == "__main__":
    main()
