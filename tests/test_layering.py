"""Dependencies run one way only: read off the imports, not off a diagram."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "factory"

# Each layer may import from those before it, and from its own.
LAYERS = [
    {"errors", "shipped", "request", "rows", "text", "dedup", "maths", "code", "contest"},
    {"prompts", "engine", "files", "records", "sandbox", "fim", "filling", "documents", "finished", "columns", "chats"},
    {"stage", "yamlfile", "licenses", "plugins", "fields", "groups", "shards", "taggers"},
    {"mending"},
    {"engines", "stages", "workers"},
    {"config", "gguf_copy", "base_model", "servable"},
    {"plan"},
    {"store", "meter", "machine", "probe"},
    {"journal", "retry", "structured", "board", "table", "lanes"},
    {"runner", "export", "audit", "report", "schemas"},
    {"card", "cardchart", "cardparts", "page", "preview", "progress", "doctor", "layouts"},
    {"run", "hub", "hubcard", "push"},
    {"train", "eval"},
    {"rounds"},
    {"cli", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# What lives in a folder knows only these, beside its own folder.
KNOWS = {
    "text": set(),
    "dedup": set(),
    "maths": {"request"},
    "code": set(),
    "contest": set(),
    "documents": {"files", "errors", "text"},
    "layouts": {"errors", "export", "finished"},
    "engines": {"engine", "request", "errors", "workers"},
    "stages": {
        "stage",
        "rows",
        "request",
        "prompts",
        "files",
        "errors",
        "text",
        "dedup",
        "maths",
        "code",
        "contest",
        "documents",
        "mending",
        "records",
        "finished",
        "sandbox",
        "taggers",
    },
}


def imports(path: Path) -> set[str]:
    """Name the parts of the package that a file imports: `factory.stages.solve` is `stages`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "factory":
            found |= {alias.name for alias in node.names if alias.name != "__version__"}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("factory."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("factory.")}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_below(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part == "__init__":
        assert not imports(path)
        return
    assert part in LEVEL, f"{part} has no layer: give it one"
    above = {name for name in imports(path) if LEVEL[name] > LEVEL[part]}
    assert not above, f"{path.name} imports from above itself: {above}"
    if part in KNOWS:
        assert imports(path) - {part} <= KNOWS[part]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_fits_on_a_screen_or_two(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_heavy_packages_are_imported_where_they_are_used():
    heavy = {"torch", "vllm", "ray", "datasets", "transformers", "sentence_transformers", "openai", "reasoning_gym"}
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not heavy & {name.split(".")[0] for name in names}, path
