"""What may be had from the Hugging Face Hub, and a file of it."""

from pathlib import Path


def check(name: str, key: str = "model") -> None:
    """Raise ValueError for a checkpoint that is no folder here and cannot be a name on the Hub."""
    if Path(name).is_file():
        raise ValueError(f"{key}: {name} is a file; expected a folder (a .gguf file is for `kind: embedded`)")
    if not (name and Path(name).is_dir()) and not may_have(name):
        raise ValueError(f"{key}: there is no folder {name}; expected one, or a name on the Hub (org/name)")


def may_have(name: str) -> bool:
    """Tell a name from a path. What runs leave is in `outputs`, which is nobody's name."""
    return name.count("/") == 1 and not name.startswith((".", "/", "~", "outputs/"))


def fetched(name: str, file: str) -> Path:
    """Fetch a file of a model on the Hub, or take it from its cache. Raises ValueError."""
    import huggingface_hub

    try:
        return Path(huggingface_hub.hf_hub_download(name, file))
    except Exception as error:  # a proxy, a gate, a wrong name: its client has no common class
        why = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"model: there is no folder {name}, and from the Hub it cannot be had: {why}") from error
