"""Scores chats with vLLM in process, as its own users would; tests/test_vllm.py runs it in vLLM's environment.

python vllm_in_process.py asked.json scores.json     # {"settings": …, "chats": […]} → [0.27, …]
"""

import json
import sys
from pathlib import Path


def main() -> None:
    from vllm import LLM, PoolingParams

    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    llm = LLM(runner="pooling", convert="classify", dtype="float32", enforce_eager=True, **asked["settings"])
    tokenizer = llm.get_tokenizer()
    texts = [tokenizer.apply_chat_template(chat, tokenize=False) for chat in asked["chats"]]
    tokens = [{"prompt_token_ids": tokenizer(text, add_special_tokens=False)["input_ids"]} for text in texts]
    found = llm.classify(tokens, pooling_params=PoolingParams(use_activation=False), use_tqdm=False)
    Path(sys.argv[2]).write_text(json.dumps([answer.outputs.probs[0] for answer in found]), encoding="utf-8")


if __name__ == "__main__":
    main()
