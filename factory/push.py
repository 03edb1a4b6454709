"""Puts a finished run's dataset on the Hub: shards, card, chart, checksums, the audit's rows and report.

    factory push outputs/math_sft --repo-id org/math_sft --dry-run
    add     sft/train-00000-of-00001.parquet  1.2 MB
    merge   README.md  4.1 kB
    delete  sft/train-00001-of-00002.parquet  1.1 MB
    keep    notes.md  0.3 kB

The repository's own checksums.txt says what an earlier push wrote, and only what still is as it says there is changed
or deleted; the card is merged (factory/hubcard.py). A push is one commit: the large files are sent first, and one
that was cut off sends what is missing. Each try begins by reading what is there, and commits only on top of that, so
a commit whose answer got lost is found and not made again.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from factory import hubcard
from factory.errors import RunError, UserError
from factory.finished import Finished
from factory.hub import Content, HubError, Repository, There

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd

_CARD, _SUMS = "README.md", "checksums.txt"
_MARK = "# Written by factory push: the files below are its own, and all that it changes or deletes.\n"
"""The first line of our checksums.txt, a comment to `sha256sum -c`: a list of a person's own is none of ours."""
_AUDIT = ("audit/samples.parquet", "audit/report.html")
_ATTEMPTS = 4
_GROUP = 8  # files sent at a time: the addresses the Hub gives for them expire
_NOWHERE = There("", True, True, {})
Say = Callable[[str], None]
T = TypeVar("T")


class Changes(NamedTuple):
    """What a push would do to each file of a repository."""

    add: dict[str, Content]
    update: dict[str, Content]
    delete: list[str]
    unchanged: list[str]
    keep: list[str]  # not ours
    read: list[str]  # among those: what load_dataset takes for a part of a shard of ours

    @property
    def send(self) -> dict[str, Content]:
        """All that is to be sent, the large files first."""
        files = {**self.add, **self.update}
        return dict(sorted(files.items(), key=lambda file: (not file[0].endswith(".parquet"), file[0])))

    def __str__(self) -> str:
        counts = f"{len(self.add)} files added, {len(self.update)} updated, {len(self.unchanged)} unchanged"
        return f"{counts}, {len(self.delete)} deleted" + (f", {len(self.keep)} of others kept" if self.keep else "")


def push(run: Finished, names: list[str], to: Repository, *, private: bool, dry_run: bool, say: Say) -> None:
    """Make the repository hold the run's shards of these names. Raises UserError, or RunError if the Hub fails."""
    if not dry_run and not to.has_token:
        raise UserError("no token for the Hub: set HF_TOKEN, or log in with: hf auth login")
    pushing = _Push(run, names, to, private, say)
    if dry_run:
        pushing.show()
    else:
        pushing.do()


class _Push:
    """One push, over all its tries."""

    def __init__(self, run: Finished, names: list[str], to: Repository, private: bool, say: Say) -> None:
        self._to = to
        self._private = private
        self._say = say
        self._names = names
        dropped = [name for name in run.rows if name not in names]
        card = run.dataset / _CARD
        if not card.is_file():
            raise UserError(f"{card}: the card is missing; factory run writes it again")
        self._card = hubcard.select(card.read_text(encoding="utf-8"), names, dropped)
        self._files = _files(run, dropped)
        counts = ", ".join(f"{run.rows[name]:,} {name}" for name in names)
        self._title = f"{run.run['pipeline']}: {counts} (plan {run.run['plan_hash']})"
        self._made: list[str] = []  # in the repository, before the commit
        self._sent: set[str] = set()
        self._commit: Changes | None = None  # what the commit that was sent last changes
        self._doubt = False  # whether it was made

    def show(self) -> None:
        """Say what a push would do."""
        try:
            there = _tried(self._to.read)
            changes = self._compare(there or _NOWHERE)
        except HubError as error:
            raise RunError(f"{self._to.name}: {error}: nothing was sent") from None
        for name, content in changes.send.items():
            word = "add" if name in changes.add else "merge" if name == _CARD else "update"
            self._say(f"{word:7} {name}  {_size(content.size)}")
        stored = there.files if there else {}
        for word, names in (("delete", changes.delete), ("same", changes.unchanged), ("keep", changes.keep)):
            for name in names:
                self._say(f"{word:7} {name}  {_size(stored[name].size)}")
        self._warn(changes)
        if there is None:
            made = "private, would be made" if self._private else "would be made"
            self._say(f"{self._to.name} is not there, or not for this token to see; it {made}")
        elif not there.branched:
            self._say(f"the branch {self._to.branch} would be made from main")
        self._say(f"dry run, nothing was sent; a push: {changes}")

    def do(self) -> None:
        """Push, and again where the Hub fails; what is left of a push that came to nothing is told."""
        try:
            head = _tried(self._attempt)
        except UserError as error:
            raise UserError(f"{error}; {self._left()}" if self._made or self._sent else str(error)) from None
        except HubError as error:
            raise RunError(f"{self._to.name}: {error}: {self._left()}") from None
        except KeyboardInterrupt:
            raise RunError(f"{self._to.name}: stopped: {self._left()}") from None
        if self._commit is None:
            self._say(f"nothing to push, {self._to.name} is up to date: {self._to.url} (commit {head})")
        else:
            self._say(f"pushed to {self._to.url} (commit {head}): {self._commit}")
            self._warn(self._commit)

    def _attempt(self) -> str:
        """Bring the branch to where it should be, from wherever it is; gives its commit."""
        there = self._to.read()
        if there is None:
            self._to.create(self._private)
            self._made.append("the repository")
            there = self._to.read()
            if there is None:
                raise HubError("the repository was made and is not to be read yet")
        changes = self._compare(there)
        self._doubt = False  # what is there is known again
        sent = self._upload(changes.send, there)
        if not there.branched:
            self._to.branch_off()
            self._made.append(f"the branch {self._to.branch}")
        if not changes.send and not changes.delete:
            return there.head
        self._commit, self._doubt = changes, True
        try:
            return self._to.commit(sent, there, changes.delete, self._title)
        except UserError:
            self._doubt = False
            raise
        except HubError:
            after = self._to.read() or _NOWHERE
            left = self._compare(after)
            self._doubt = False
            if left.send or left.delete:
                raise
            return after.head  # it was made, only its answer was lost

    def _upload(self, files: dict[str, Content], there: There) -> "list[CommitOperationAdd]":
        sent: list[CommitOperationAdd] = []
        names = list(files)
        if names:
            self._say(f"sending {len(names)} files, {_size(sum(file.size for file in files.values()))} at most")
        for start in range(0, len(names), _GROUP):
            group = names[start : start + _GROUP]
            sent += self._to.upload({name: files[name] for name in group}, there)
            self._sent.update(group)
        return sent

    def _compare(self, there: There) -> Changes:
        """Hold what should be there against what is. Raises UserError for what is in the way."""
        if self._private and not there.private:
            raise UserError(f"{self._to.name} is public already: --private makes a new one private; see its settings")
        written = self._written(there)
        files = self._wanted(there, written)
        changes = Changes({}, {}, [], [], [], [])
        foreign = []
        for name, content in files.items():
            stored = there.files.get(name)
            if stored is None:
                changes.add[name] = content
            elif content.is_in(stored):
                changes.unchanged.append(name)
            elif name == _CARD or (name == _SUMS and written is not None) or self._still(there, name, written):
                changes.update[name] = content
            else:
                foreign.append(name)
        if foreign:
            said = "factory push did not write it, or a person has changed it since; move it away there"
            raise UserError(f"{self._to.name}: {', '.join(foreign)} is in the way: {said}, or take another --branch")
        for name in sorted(set(there.files) - set(files) - {".gitattributes"}):
            (changes.delete if self._still(there, name, written) else changes.keep).append(name)
        shard = re.compile(rf"({'|'.join(map(re.escape, self._names))})/(train|test)-[^/]*\.parquet")
        changes.read.extend(name for name in changes.keep if shard.fullmatch(name))
        return changes

    def _written(self, there: There) -> dict[str, str] | None:
        """Read what an earlier push wrote, each file with its SHA-256; None if there was none."""
        if _SUMS not in there.files:
            return None
        text = self._to.fetch(there, _SUMS).decode("utf-8", "replace")
        if not text.startswith(_MARK):
            return None
        lines = [line.split("  ", 1) for line in text.splitlines() if not line.startswith("#") and "  " in line]
        return {name: digest for digest, name in lines}

    def _still(self, there: There, name: str, written: dict[str, str] | None) -> bool:
        """Say whether a file still holds what an earlier push wrote."""
        if not written or name not in written:
            return False
        stored = there.files[name]
        return written[name] == (stored.sha256 or Content(self._to.fetch(there, name)).sha256)

    def _wanted(self, there: There, written: dict[str, str] | None) -> dict[str, Content]:
        """Give every file that should be there, the card merged with the one that is."""
        theirs = None
        if _CARD in there.files:
            try:
                theirs = self._to.fetch(there, _CARD).decode("utf-8")
            except UnicodeDecodeError:
                raise UserError(f"{self._to.name}: its README.md is not UTF-8; mend it there first") from None
        known = {*self._names, *(name.split("/")[0] for name in written or () if name not in _AUDIT)}
        card = hubcard.merge(self._card, theirs, known, f"{self._to.name}: its README.md")
        sums = _MARK + "".join(f"{content.sha256}  {name}\n" for name, content in self._files.items())
        return {**self._files, _CARD: Content(card.encode()), _SUMS: Content(sums.encode())}

    def _left(self) -> str:
        """Say what a push that came to nothing leaves behind."""
        large = [name for name in self._files if name.endswith(".parquet")]
        sent = sum(name in self._sent for name in large)
        said = [f"{' and '.join(self._made)} made"] if self._made else []
        said.append(f"at least {sent} of {len(large)} Parquet files are with the Hub")
        said.append("whether the commit was made is not known" if self._doubt else "no commit was made")
        return ", ".join(said)

    def _warn(self, changes: Changes) -> None:
        for name in changes.read:
            self._say(f"{name} is kept, as a person put it there or changed it; load_dataset will read it too")


def _tried(what: Callable[[], T]) -> T:
    again = Retrying(
        retry=retry_if_exception_type(HubError),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=1, max=20),
        reraise=True,
    )
    return again(what)


def _files(run: Finished, dropped: list[str]) -> dict[str, Content]:
    """Give the files to push but the card and the checksums, by their names in the repository."""
    lines = (run.dataset / _SUMS).read_text(encoding="utf-8").splitlines()
    names = [line.split("  ", 1)[1] for line in lines]
    paths = {name: run.dataset / name for name in names if name != _CARD and name.split("/")[0] not in dropped}
    paths |= {name: run.root / name for name in _AUDIT if (run.root / name).is_file()}
    return {name: Content(path) for name, path in paths.items()}


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
