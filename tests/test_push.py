"""A finished run goes to a Hub of this machine: once, again, in part, in spite of faults, beside what others wrote."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from factory import hubcard
from tests.conftest import ROOT, Result
from tests.hub import Hub

TOKEN = "hf_secretOfAnn"  # noqa: S105
SUMS = """
name: sums
seed: 3
stages:
  - read: {file: sums.jsonl, columns: {problem: text, solution: text, answer: text}}
export:
  test_share: 0.2
  group: problem
  rows_per_file: 20
  sft: {prompt: problem, completion: solution}
  grpo: {prompt: problem}
"""
# As the command line runs, but for how long it waits between two tries.
RUN = (
    "import time; wait = time.sleep; time.sleep = lambda seconds: wait(min(seconds, 0.01)); "
    "from factory.cli import main; main()"
)
LOAD = (
    "import datasets, sys; repo, folder, *names = sys.argv[1:]; "
    "[datasets.load_dataset(repo, name).save_to_disk(f'{folder}/{name}') for name in names]"
)
Push = Callable[..., Result]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def hub_server() -> Iterator[Hub]:
    with Hub({TOKEN: {"ann", "org"}, "hf_other": {"bob"}}) as hub:
        yield hub


@pytest.fixture
def hub(hub_server: Hub) -> Hub:
    """Give an empty Hub."""
    for kept in (hub_server.repos, hub_server.large, hub_server.uploaded, hub_server.asked, hub_server.commits):
        kept.clear()
    hub_server.cut, hub_server.slow = 0, 0.0
    hub_server.started.clear()
    return hub_server


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, set[int]]:
    """Give where runs are kept for all tests, and how many rows those there have."""
    return tmp_path_factory.mktemp("runs"), set()


@pytest.fixture
def make(write, factory, tmp_path, made) -> Make:
    """Give a run of Japanese sums of so many rows, to do with as one likes."""

    def _make(rows: int = 60) -> Path:
        folder, there = made
        pipeline = write(SUMS, "sums.yaml")
        if rows not in there:
            lines = []
            for n in range(rows):
                said = {"problem": f"りんごが{n}個、みかんが{n + 1}個。全部でいくつ？", "answer": str(2 * n + 1)}
                lines.append(json.dumps({**said, "solution": f"合わせて{2 * n + 1}個です。"}, ensure_ascii=False))
            write("\n".join(lines), "sums.jsonl")
            done = factory("run", pipeline, "--out", folder / str(rows))
            assert done.code == 0, done.err
            there.add(rows)
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        return shutil.copytree(folder / str(rows), tmp_path / "run")

    return _make


@pytest.fixture
def push(hub, tmp_path) -> Push:
    """Push as a user would: in a process of its own, which is logged in as nobody."""

    def _push(run: Path, *args: str, repo: str = "org/sums", token: str | None = TOKEN, **env: str) -> Result:
        environment = {**os.environ, "HF_HOME": str(tmp_path / "hf"), **hub.env(token), **env}
        command = [sys.executable, "-c", RUN, "push", str(run), "--repo-id", repo, *args]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        for said in (done.stdout, done.stderr):
            assert (token or TOKEN) not in said and "Traceback" not in said, said
        return Result(done.returncode, done.stdout, done.stderr)

    return _push


def local(run: Path) -> dict[str, bytes]:
    """Give what is to be there as it is here: all but the card and the checksums."""
    dataset = run / "dataset"
    paths = {str(path.relative_to(dataset)): path for path in dataset.rglob("*") if path.is_file()}
    paths |= {f"audit/{path.name}": path for path in (run / "audit").iterdir()}
    return {name: path.read_bytes() for name, path in paths.items() if name not in ("README.md", "checksums.txt")}


def pushed(hub: Hub, repo: str = "org/sums", branch: str = "main") -> dict[str, bytes]:
    return {name: data for name, data in hub.files(repo, branch).items() if name not in ("README.md", "checksums.txt")}


def header(hub: Hub, repo: str = "org/sums") -> dict:
    return yaml.safe_load(hub.files(repo)["README.md"].decode().split("---\n")[1])


def test_what_is_pushed_is_what_is_here_and_a_second_push_makes_no_commit(make, push, hub):
    run = make()
    first = push(run)
    assert first.code == 0, first.err
    assert pushed(hub) == local(run) and hub.count("org/sums") == 1
    card = hub.files("org/sums")["README.md"].decode()
    assert f"\n---\n{hubcard.BEGIN}\n# sums\n" in card and card.endswith(f"{hubcard.END}\n")
    head = hub.head("org/sums").oid
    number = len(local(run)) + 2
    assert f"pushed to {hub.url}/datasets/org/sums (commit {head}): {number} files added, 0 updated" in first.out
    assert card.count(hubcard.END) == 1
    uploads = len(hub.uploaded)
    second = push(run)
    assert second.code == 0 and second.out.startswith("nothing to push, org/sums is up to date"), second
    assert hub.count("org/sums") == 1 and len(hub.uploaded) == uploads


def test_sha256sum_accepts_the_checksums_that_are_pushed(make, push, hub, tmp_path):
    push(make())
    for name, data in hub.files("org/sums").items():
        path = tmp_path / "clone" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    checked = subprocess.run(["sha256sum", "-c", "--strict", "checksums.txt"], cwd=tmp_path / "clone", check=False)
    assert checked.returncode == 0


def test_load_dataset_gives_from_the_hub_what_it_gives_from_here(make, push, hub, tmp_path):
    import datasets

    run = make()
    hub_part = Hub({TOKEN: {"org"}}, part=2000)
    with hub_part:  # where files go up in parts
        done = push(run, "--private", **hub_part.env(TOKEN))
        assert done.code == 0, done.err
        assert hub_part.repos["org/sums"].private
        command = [sys.executable, "-c", LOAD, "org/sums", str(tmp_path), "sft", "grpo"]
        env = {**os.environ, "HF_HOME": str(tmp_path / "hf"), **hub_part.env(TOKEN)}
        loaded = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        assert loaded.returncode == 0, loaded.stderr
    for config in ("sft", "grpo"):
        there = datasets.load_from_disk(str(tmp_path / config))
        here = datasets.load_dataset(str(run / "dataset"), config, cache_dir=str(tmp_path / "cache"))
        assert there.keys() == here.keys()
        for split, rows in there.items():
            assert rows.to_list() == here[split].to_list() and rows.features == here[split].features
        assert any("りんご" in row["prompt"][0]["content"] for row in there["train"])


def test_a_smaller_run_deletes_the_shards_that_are_gone_and_nothing_else(make, push, hub):
    push(make(60))
    hub.edit("org/sums", {"notes.md": "私のメモ".encode(), "sft/extra.parquet": b"mine"})
    run = make(15)
    dry = push(run, "--dry-run")
    gone = re.findall(r"^delete +(\S+)", dry.out, re.MULTILINE)
    assert gone and all(re.fullmatch(r"(sft|grpo)/train-\d{5}-of-0000[23]\.parquet", name) for name in gone)
    assert hub.count("org/sums") == 2, "a dry run changes nothing"
    done = push(run)
    assert done.code == 0 and f"{len(gone)} deleted, 2 of others kept" in done.out
    mine = {"notes.md": "私のメモ".encode(), "sft/extra.parquet": b"mine"}
    assert pushed(hub) == {**local(run), **mine} and hub.count("org/sums") == 3


def test_a_shard_that_a_person_changed_is_kept_when_it_is_gone_here_and_that_is_told(make, push, hub):
    push(make(60))
    name = max(name for name in pushed(hub) if name.startswith("sft/train"))
    hub.edit("org/sums", {name: b"mended by hand"})
    done = push(make(15))
    assert done.code == 0 and pushed(hub)[name] == b"mended by hand"
    assert f"{name} is kept, as a person put it there or changed it; load_dataset will read it too" in done.out


@pytest.mark.parametrize("name", ["sft/test-00000-of-00001.parquet", "audit/samples.parquet"])
def test_a_file_that_a_person_changed_is_not_overwritten(make, push, hub, name):
    run = make()
    push(run)
    hub.edit("org/sums", {name: b"mended by hand"})
    done = push(run)
    assert done.code == 2 and len(done.err.splitlines()) == 1
    assert f"{name} is in the way: factory push did not write it" in done.err
    assert pushed(hub)[name] == b"mended by hand" and hub.count("org/sums") == 2


def test_a_list_of_checksums_of_a_persons_own_makes_nothing_ours(make, push, hub):
    hub.make("org/sums")
    theirs = b"sft/mine.parquet"
    hub.edit("org/sums", {"sft/mine.parquet": theirs, "checksums.txt": b"0" * 64 + b"  sft/mine.parquet\n"})
    done = push(make())
    assert done.code == 2 and "checksums.txt is in the way" in done.err
    assert hub.count("org/sums") == 1


def test_what_a_person_writes_into_the_card_is_kept(make, push, hub):
    run = make()
    push(run)
    own = yaml.safe_load(
        """
        pretty_name: 足し算
        language: ["no", ja]
        tags: [arithmetic]
        license: bsd
        """
    )
    mine = {"config_name": "mine", "data_files": "mine.csv"}
    edited = {**header(hub), **own}
    edited["configs"] = [{"config_name": "sft", "data_files": "wrong"}, mine]
    text = yaml.safe_dump(edited, allow_unicode=True).replace("'no'", "no")
    _, _, body = hub.files("org/sums")["README.md"].decode().split("---\n", 2)
    body = f"こんにちは\n\n{body.replace('# sums', '# sums, edited')}\nWrite to ann.\n"
    hub.edit("org/sums", {"README.md": f"---\n{text}---\n{body}".encode(), "mine.csv": b"a\n1\n"})
    done = push(run)
    assert done.code == 0 and "1 updated" in done.out, done
    merged = header(hub)
    assert merged["pretty_name"] == "足し算" and set(merged["tags"]) >= {"arithmetic", "factory"}
    assert merged["language"][0] == "no"
    assert merged["license"] != "bsd"
    assert [config["config_name"] for config in merged["configs"]] == ["sft", "grpo", "mine"]
    assert merged["configs"][0]["data_files"] != "wrong"
    card = hub.files("org/sums")["README.md"].decode()
    assert f"\n---\nこんにちは\n\n{hubcard.BEGIN}\n# sums\n" in card
    assert card.endswith(f"{hubcard.END}\n\nWrite to ann.\n") and "edited" not in card
    assert push(run).out.startswith("nothing to push")


def test_a_card_of_a_persons_own_is_kept_below_ours(make, push, hub):
    hub.make("org/sums")
    hub.edit("org/sums", {"README.md": b"# By hand\nRead me.\n"})
    run = make()
    assert push(run).code == 0
    card = hub.files("org/sums")["README.md"].decode()
    assert card.startswith("---\n") and card.endswith(f"{hubcard.END}\n\n# By hand\nRead me.\n")
    assert push(run).out.startswith("nothing to push")


def test_only_the_named_shards_are_pushed_and_the_card_names_no_other(make, push, hub):
    run = make()
    assert push(run, "--shard", "grpo").code == 0
    assert {name.split("/")[0] for name in pushed(hub)} == {"grpo", "audit"} | {
        name for name in local(run) if "/" not in name
    }
    assert [config["config_name"] for config in header(hub)["configs"]] == ["grpo"]
    assert header(hub)["configs"][0]["default"] is True
    assert all(entry["config_name"] == "grpo" for entry in header(hub).get("dataset_info", []))
    card = hub.files("org/sums")["README.md"].decode()
    assert re.search(r"^\| `?grpo`? \|", card, re.MULTILINE) and not re.search(r"^\| `?sft`? \|", card, re.MULTILINE)
    done = push(run, "--shard", "sft", "--shard", "sft")
    assert done.code == 0 and not any(name.startswith("grpo/") for name in pushed(hub))
    assert [config["config_name"] for config in header(hub)["configs"]] == ["sft"]


def test_a_push_killed_in_mid_upload_leaves_the_repository_as_it_was_and_the_next_sends_what_is_missing(
    make, push, hub, tmp_path
):
    push(make(15))
    before = hub.head("org/sums")
    run = make(60)
    hub.slow = 3600
    env = {**os.environ, "HF_HOME": str(tmp_path / "hf"), **hub.env(TOKEN)}
    command = [sys.executable, "-c", RUN, "push", str(run), "--repo-id", "org/sums"]
    hub.started.clear()
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert hub.started.wait(60)
        process.kill()
    assert hub.head("org/sums") == before
    hub.slow = 0
    assert push(run).code == 0
    assert pushed(hub) == local(run) and hub.count("org/sums") == 2


def test_a_connection_that_is_cut_for_good_is_told_and_the_next_push_sends_only_what_is_missing(make, push, hub):
    run = make()
    large = {name for name in local(run) if name.endswith(".parquet")}
    held = sorted(large)[0]
    hub.make("org/other")
    hub.large[hashlib.sha256(local(run)[held]).hexdigest()] = local(run)[held]
    hub.cut = 10_000
    done = push(run)
    assert done.code == 1 and len(done.err.splitlines()) == 1, done.err
    assert f"the repository made, at least 0 of {len(large)} Parquet files are with the Hub" in done.err
    assert "no commit was made; the same command goes on from here" in done.err
    assert pushed(hub) == {} and hub.count("org/sums") == 0
    hub.cut = 0
    assert push(run).code == 0
    assert len(hub.uploaded) == len(large) - 1, "what the Hub had was not sent again"
    assert pushed(hub) == local(run) and hub.count("org/sums") == 1


def test_a_connection_that_is_cut_now_and_then_is_got_over(make, push, hub):
    hub.cut = 3
    run = make()
    done = push(run)
    assert done.code == 0 and done.err == "", done.err
    assert pushed(hub) == local(run)


@pytest.mark.parametrize("faults", [["before"], ["after"], ["busy", "cut", "after"]])
def test_a_commit_that_fails_or_seems_to_is_made_once(make, push, hub, faults):
    hub.commits = list(faults)
    run = make()
    done = push(run)
    assert done.code == 0 and done.err == "", done.err
    assert f"(commit {hub.head('org/sums').oid})" in done.out and "files added" in done.out
    assert hub.count("org/sums") == 1 and pushed(hub) == local(run)


def test_a_commit_that_a_person_was_quicker_than_is_made_on_top_of_theirs(make, push, hub):
    hub.commits = ["overtaken"]
    run = make()
    done = push(run)
    assert done.code == 0 and done.err == "", done.err
    assert pushed(hub) == {**local(run), "quick.md": b"mine"} and hub.count("org/sums") == 2


def test_a_commit_that_fails_for_good_is_told(make, push, hub):
    hub.commits = ["before"] * 100
    run = make()
    done = push(run)
    assert done.code == 1 and len(done.err.splitlines()) == 1
    assert re.search(r"HTTP 500.*at least (\d+) of \1 Parquet files are with the Hub, no commit was made", done.err)
    assert hub.count("org/sums") == 0
    hub.commits.clear()
    uploads = len(hub.uploaded)
    assert push(run).code == 0 and len(hub.uploaded) == uploads


def test_a_branch_that_is_not_there_is_made_from_main(make, push, hub):
    run = make()
    push(run)
    hub.edit("org/sums", {"notes.md": b"mine"})
    dry = push(run, "--branch", "v2", "--dry-run")
    assert "the branch v2 would be made from main" in dry.out and set(hub.repos["org/sums"].branches) == {"main"}
    small = make(15)
    done = push(small, "--branch", "v2")
    assert done.code == 0 and f"{hub.url}/datasets/org/sums/tree/v2 " in done.out
    assert pushed(hub, branch="v2") == {**local(small), "notes.md": b"mine"}
    assert hub.count("org/sums") == 2, "main is as it was"


def test_a_dry_run_needs_no_token_and_writes_nothing(make, push, hub):
    run = make()
    done = push(run, "--dry-run", token=None)
    assert done.code == 0 and "org/sums is not there" in done.out, done.err
    for name in [*local(run), "README.md", "checksums.txt"]:
        assert re.search(rf"^add +{re.escape(name)}  \d", done.out, re.MULTILINE)
    assert not hub.repos
    push(run)
    done = push(run, "--dry-run", token=None)
    assert done.code == 0 and "0 files added, 0 updated" in done.out


def test_a_run_named_by_its_pipeline_file_is_found(make, push, hub, tmp_path):
    run = make()
    done = push(tmp_path / "sums.yaml", "--out", str(run))
    assert done.code == 0 and pushed(hub) == local(run)


def test_a_gitignore_that_would_leave_a_file_out_is_told_before_anything_is_committed(make, push, hub):
    hub.make("org/sums")
    hub.edit("org/sums", {".gitignore": b"audit/samples.parquet\n"})
    done = push(make())
    assert done.code == 2 and "its .gitignore leaves out audit/samples.parquet" in done.err
    assert hub.count("org/sums") == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"token": None}, "no token for the Hub: set HF_TOKEN, or log in with: hf auth login"),
        ({"token": "hf_unknown"}, "the Hub does not accept the token"),
        ({"repo": "bob/sums"}, "bob/sums: the token may not write there (HTTP 403: You don't have the rights"),
        ({"repo": "bob/public"}, "bob/public: the token may not write there (HTTP 403: You don't have the rights"),
        ({"repo": "org/con"}, "org/con: the Hub refuses it: HTTP 400: Invalid name: con is reserved"),
        ({"repo": "org/two--dashes"}, "--repo-id org/two--dashes: Cannot have -- or .."),
        ({"repo": "sums"}, "--repo-id sums: expected a user's or an organization's name before it"),
        ({"repo": "足し算/sums"}, "--repo-id 足し算/sums: Repo id must use alphanumeric chars"),
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
        ({"args": ["--branch", "a..b"]}, "the Hub refuses it: HTTP 400: Invalid reference for a branch: a..b"),
        ({"args": ["--shard", "sfd"]}, "the run has no 'sfd' shard; did you mean \"sft\"?"),
        ({"repo": "org/public", "args": ["--private"]}, "org/public is public already"),
        ({"repo": "org/public", "args": ["--private", "--dry-run"]}, "org/public is public already"),
    ],
)
def test_what_cannot_be_pushed_is_one_clear_line(make, push, hub, args, told):
    hub.make("bob/public")
    hub.make("org/public")
    args = dict(args)
    done = push(make(5), *args.pop("args", []), **args)
    assert done.code == 2 and len(done.err.splitlines()) == 1, done.err
    assert told in done.err
    assert hub.count("bob/public") == hub.count("org/public") == 0


def test_a_commit_that_is_denied_at_the_end_says_what_is_left(make, push, hub):
    hub.commits = ["denied"]
    done = push(make())
    assert done.code == 2 and len(done.err.splitlines()) == 1
    assert "the token may not write there" in done.err and "the repository made" in done.err
    assert done.err.endswith("no commit was made\n")


def test_a_header_that_is_no_yaml_is_told_and_nothing_is_pushed(make, push, hub):
    hub.make("org/sums")
    hub.edit("org/sums", {"README.md": b"---\na: [\n---\nhello\n"})
    done = push(make(5))
    assert done.code == 2 and "org/sums: its README.md, line" in done.err and "no valid YAML" in done.err
    assert hub.count("org/sums") == 1


def test_an_unfinished_run_and_an_empty_shard_are_not_pushed(make, push, hub):
    run = make(5)
    told = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**told, "status": "stopped"}))
    assert push(run).code == 2 and "the run is not finished, its status is 'stopped'" in push(run).err
    shards = [*told["shards"], {"name": "dpo", "split": "train", "rows": 0, "files": 0}]
    (run / "run.json").write_text(json.dumps({**told, "shards": shards}))
    assert "the dpo shard is empty; those with rows: sft, grpo (--shard)" in push(run).err
    assert push(run, "--shard", "sft").code == 0
    assert not hub.repos["org/sums"].private


def test_a_hub_that_is_not_there_is_told(make, push):
    done = push(make(5), HF_ENDPOINT="http://127.0.0.1:9")
    assert done.code == 1 and len(done.err.splitlines()) == 1
    assert "http://127.0.0.1:9: " in done.err and "no commit was made" in done.err
