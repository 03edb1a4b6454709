"""A dataset repository on the Hub, as `factory push` meets it: what is in it now, and one commit that changes it.

    repository = Repository("org/name", "main")
    there = repository.read()       # There(head="3f2c…", private=False, branched=True, files={"README.md": Stored(…)})
    sent = repository.upload({"sft/train-00000-of-00001.parquet": Content(path)}, there)
    repository.commit(sent, there, delete=["sft/train-00001-of-00002.parquet"], title="toy: 400 rows")

What the Hub says comes back as one of two things: a UserError for what asking again does not help, or a HubError for
a cut connection, a 5xx, or another's commit in between. Neither ever holds the token.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from factory.errors import UserError

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.hf_api import CommitOperation

_KIND = "dataset"
_AGAIN = {408, 409, 412, 429}
"""Statuses that pass, beside 5xx: too slow, another's change at the same time, too many requests."""
_PIECE = 1 << 20


class HubError(Exception):
    """The Hub could not be reached, broke off or failed: asking again may help."""


class Stored(NamedTuple):
    """A file in a repository; `sha256` is known of large files only, `blob` is what git calls the others."""

    size: int
    sha256: str | None
    blob: str


class There(NamedTuple):
    """What is in a repository's branch at one moment; in main, where the branch is yet to be made."""

    head: str
    private: bool
    branched: bool
    files: dict[str, Stored]


@dataclass(frozen=True)
class Content:
    """What a file is to hold: what another on this disk holds, or these bytes."""

    source: Path | bytes

    @cached_property
    def size(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    @cached_property
    def sha256(self) -> str:
        return self._hash("sha256", b"")

    def is_in(self, stored: Stored) -> bool:
        """Say whether a file of a repository holds the same."""
        if stored.size != self.size:
            return False
        if stored.sha256:
            return stored.sha256 == self.sha256
        return stored.blob == self._hash("sha1", f"blob {self.size}\0".encode())

    def _hash(self, name: str, before: bytes) -> str:
        digest = hashlib.new(name, before, usedforsecurity=False)
        if isinstance(self.source, bytes):
            digest.update(self.source)
            return digest.hexdigest()
        try:
            with self.source.open("rb") as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
        except OSError as error:
            raise UserError(f"{self.source}: not readable: {error.strerror}") from None
        return digest.hexdigest()


class Repository:
    """A branch of a dataset repository, which need not be there yet. Raises UserError for a name that cannot be."""

    def __init__(self, name: str, branch: str) -> None:
        import huggingface_hub
        from huggingface_hub.errors import HFValidationError
        from huggingface_hub.utils import disable_progress_bars, logging, validate_repo_id

        if huggingface_hub.constants.HF_HUB_OFFLINE:
            raise UserError("HF_HUB_OFFLINE is set, so the Hub is not asked; unset it to push")
        try:
            validate_repo_id(name)
        except HFValidationError as error:
            raise UserError(f"--repo-id {name}: {' '.join(str(error).split())}") from None
        if name.count("/") != 1:
            raise UserError(f"--repo-id {name}: expected a user's or an organization's name before it, as org/{name}")
        logging.set_verbosity(logging.ERROR)  # its retries are told by us, at the end
        if not sys.stderr.isatty():
            disable_progress_bars()
        self.name = name
        self.branch = branch
        self._token = _token()
        self._api = huggingface_hub.HfApi(token=self._token or False)
        self.url = f"{self._api.endpoint}/datasets/{name}" + ("" if branch == "main" else f"/tree/{branch}")

    @property
    def has_token(self) -> bool:
        """Say whether there is a token to write with."""
        return self._token is not None

    def read(self) -> There | None:
        """Read what is in the branch; None if there is no such repository, or none that this token may see."""
        from huggingface_hub.errors import RepositoryNotFoundError
        from huggingface_hub.hf_api import RepoFile

        with self._asking():
            try:
                info = self._api.repo_info(self.name, repo_type=_KIND)
            except RepositoryNotFoundError as error:
                if self.has_token and error.response.status_code == 401:
                    raise
                return None
            heads = {"main": info.sha}
            if self.branch != "main":
                refs = self._api.list_repo_refs(self.name, repo_type=_KIND)
                heads |= {ref.name: ref.target_commit for ref in refs.branches}
            head = heads.get(self.branch, info.sha) or ""
            tree = self._api.list_repo_tree(self.name, repo_type=_KIND, revision=head, recursive=True)
            files = {
                entry.path: Stored(entry.size, entry.lfs.sha256 if entry.lfs else None, entry.blob_id)
                for entry in tree
                if isinstance(entry, RepoFile)
            }
        return There(head, bool(info.private), self.branch in heads, files)

    def fetch(self, there: There, name: str) -> bytes:
        """Fetch a small file: what is not small is told by its SHA-256."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

        url = hf_hub_url(self.name, name, repo_type=_KIND, revision=there.head, endpoint=self._api.endpoint)
        with self._asking():
            response = get_session().get(url, headers=build_hf_headers(token=self._token or False))
            hf_raise_for_status(response)
            return bytes(response.content)

    def create(self, private: bool) -> None:
        """Make the repository."""
        with self._asking():
            self._api.create_repo(self.name, repo_type=_KIND, private=private or None, exist_ok=True)

    def upload(self, files: Mapping[str, Content], there: There) -> "list[CommitOperationAdd]":
        """Send what is large, so that only the commit is left to do; what the Hub has already is not sent again."""
        additions = _additions(files)
        with self._asking():
            revision = self.branch if there.branched else "main"
            self._api.preupload_lfs_files(self.name, additions, repo_type=_KIND, revision=revision, free_memory=False)
        ignored = [addition.path_in_repo for addition in additions if getattr(addition, "_should_ignore", False)]
        if ignored:
            raise UserError(f"{self.name}: its .gitignore leaves out {', '.join(ignored)}; mend it there first")
        return additions

    def branch_off(self) -> None:
        """Make the branch from main."""
        with self._asking():
            self._api.create_branch(self.name, branch=self.branch, repo_type=_KIND, exist_ok=True)

    def commit(self, sent: "list[CommitOperationAdd]", there: There, delete: Sequence[str], title: str) -> str:
        """Put what was sent in its place, all at once, if the branch is still as it was read; gives the commit."""
        from huggingface_hub import CommitOperationDelete

        operations: list[CommitOperation] = [*sent, *(CommitOperationDelete(name, is_folder=False) for name in delete)]
        with self._asking():
            done = self._api.create_commit(
                self.name,
                operations,
                repo_type=_KIND,
                revision=self.branch,
                commit_message=title,
                parent_commit=there.head,
            )
        return str(done.oid)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        from huggingface_hub.errors import HfHubHTTPError, HTTPError  # httpx's, of all

        try:
            yield
        except HfHubHTTPError as error:
            raise self._refusal(error) from None
        except RuntimeError as error:
            # A file whose upload failed: also a 403 is worth another try here, as the address it was sent to expires.
            raise HubError(self._told(error.__cause__ or error)) from None
        except (HTTPError, OSError) as error:
            raise HubError(f"{self._api.endpoint}: {self._told(error)}") from None
        except ValueError as error:
            if isinstance(error, json.JSONDecodeError):
                raise HubError(f"{self._api.endpoint} gave an answer that is no JSON") from None
            raise UserError(f"{self.name}: the Hub refuses it: {self._told(error)}") from None

    def _refusal(self, error: "HfHubHTTPError") -> Exception:
        status, said = error.response.status_code, self._told(error)
        if status in _AGAIN or status >= 500:
            return HubError(said)
        if status == 401:
            return UserError(f"{self.name}: the Hub does not accept the token ({said}); set HF_TOKEN to one that holds")
        if status == 403:
            return UserError(f"{self.name}: the token may not write there ({said})")
        return UserError(f"{self.name}: the Hub refuses it: {said}")

    def _told(self, error: BaseException) -> str:
        """Give an error as one line without the token and without addresses that are signed."""
        from huggingface_hub.errors import HfHubHTTPError

        said = str(error)
        if isinstance(error, HfHubHTTPError):
            status = f"HTTP {error.response.status_code}"
            said = f"{status}: {error.server_message}" if error.server_message else status
        said = " ".join(said.split()) or type(error).__name__
        return (said.replace(self._token, "***") if self._token else said)[:300]


def _token() -> str | None:
    from huggingface_hub import get_token

    token = get_token()
    if token and not (token.isascii() and token.isprintable()):
        raise UserError("the Hub's token holds characters that no token has; set HF_TOKEN again")
    return token


def _additions(files: Mapping[str, Content]) -> "list[CommitOperationAdd]":
    from huggingface_hub import CommitOperationAdd

    additions = []
    for name, content in files.items():
        source = content.source if isinstance(content.source, bytes) else str(content.source)
        addition = CommitOperationAdd(name, source)
        addition.upload_info.sha256 = bytes.fromhex(content.sha256)  # known: a large file is not read again for it
        additions.append(addition)
    return additions
