"""A small Hub on loopback: it stores repositories, large files and commits, and fails as it is told to.

with Hub({"token-of-ann": {"ann", "org"}}) as hub:
    subprocess.run([...], env={**os.environ, **hub.env("token-of-ann")})
    hub.files("org/toy")     # {"README.md": b"...", "sft/train-00000-of-00001.parquet": b"...", ...}

What it speaks is what huggingface_hub and datasets ask of the real one, without Xet: large files are Git LFS's.
"""

import asyncio
import base64
import hashlib
import itertools
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import yaml
from aiohttp import web

WHEN = "2025-01-01T00:00:00.000Z"
TOO_LARGE = 10_000_000
"""Files from here on are LFS's, as Parquet files are."""


@dataclass(frozen=True)
class File:
    """A file of a commit, kept in git, or with LFS and in git only what points to it."""

    data: bytes
    lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def blob(self) -> str:
        held = self.data
        if self.lfs:
            head = "version https://git-lfs.github.com/spec/v1"
            held = f"{head}\noid sha256:{self.sha256}\nsize {len(self.data)}\n".encode()
        return hashlib.sha1(f"blob {len(held)}\0".encode() + held, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Commit:
    oid: str
    title: str
    files: dict[str, File]


@dataclass
class Repo:
    private: bool
    branches: dict[str, list[Commit]] = field(default_factory=dict)


class Hub:
    """`tokens` says in whose name each may read what is private, and write.

    The next `cut` uploads are cut in the middle, `slow` takes that many seconds for each, the next commits fail as
    `commits` says: "before" or "after" they were made, "busy" (503), "denied", "cut", a connection that ends, or
    "overtaken", a person who was quicker.
    """

    def __init__(self, tokens: dict[str, set[str]], *, part: int | None = None) -> None:
        self.repos: dict[str, Repo] = {}
        self.large: dict[str, bytes] = {}
        self.uploaded: list[str] = []
        self.asked: Counter[str] = Counter()
        self.cut = 0
        self.slow = 0.0
        self.started = threading.Event()
        self.commits: list[str] = []
        self.refused_names = {"con"}
        self._tokens = tokens
        self._part = part
        self._parts: dict[tuple[str, int], bytes] = {}
        self._number = itertools.count(1)

    # What a test does to it and asks of it.

    def env(self, token: str | None = None) -> dict[str, str]:
        """Give the environment of a program that is to use it."""
        told = {"HF_ENDPOINT": self.url, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
        return told | ({"HF_TOKEN": token} if token else {"HF_TOKEN": ""})

    def head(self, repo: str, branch: str = "main") -> Commit:
        return self.repos[repo].branches[branch][-1]

    def files(self, repo: str, branch: str = "main") -> dict[str, bytes]:
        found = self.head(repo, branch).files
        return {name: file.data for name, file in found.items() if name != ".gitattributes"}

    def count(self, repo: str, branch: str = "main") -> int:
        """Count the commits, but the one that the Hub makes itself."""
        return len(self.repos[repo].branches[branch]) - 1

    def edit(self, repo: str, files: dict[str, bytes | None], branch: str = "main") -> None:
        """Commit as a person would in the browser; None deletes."""
        held = dict(self.head(repo, branch).files)
        for name, data in files.items():
            held.pop(name, None)
            if data is not None:
                held[name] = File(data, self._is_large(name, len(data)))
        self._commit(repo, branch, "edited", held)

    def make(self, repo: str, private: bool = False) -> None:
        self.repos[repo] = Repo(private)
        attributes = File(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", False)
        self._commit(repo, "main", "initial commit", {".gitattributes": attributes})

    # How it runs.

    def __enter__(self) -> "Hub":
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self, ready: threading.Event) -> None:
        app = web.Application(client_max_size=1 << 30)
        name, repo = "{repo:[^/]+/[^/]+?}", "/api/datasets/{repo:[^/]+/[^/]+}"
        app.router.add_get("/api/whoami-v2", self._whoami)
        app.router.add_post("/api/validate-yaml", self._validate)
        app.router.add_post("/api/repos/create", self._create)
        app.router.add_get(repo, self._info)
        app.router.add_get(repo + "/revision/{revision}", self._info)
        app.router.add_get(repo + "/refs", self._refs)
        app.router.add_get(repo + "/tree/{revision}", self._tree)
        app.router.add_get(repo + "/tree/{revision}/{path:.+}", self._tree)
        app.router.add_post(repo + "/paths-info/{revision}", self._paths)
        app.router.add_post(repo + "/preupload/{revision}", self._preupload)
        app.router.add_post(repo + "/branch/{branch}", self._branch)
        app.router.add_post(repo + "/commit/{branch}", self._take_commit)
        app.router.add_post(f"/datasets/{name}.git/info/lfs/objects/batch", self._batch)
        app.router.add_put("/storage/{oid}/{part}", self._store)
        app.router.add_post("/storage/{oid}/complete", self._complete)
        app.router.add_post("/storage/{oid}/verify", self._verify)
        app.router.add_get(f"/datasets/{name}/resolve/{{revision}}/{{path:.+}}", self._resolve)
        runner = web.AppRunner(app, shutdown_timeout=0.001)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    # Who may do what.

    def _names(self, request: web.Request) -> set[str]:
        said = request.headers.get("Authorization", "")
        if not said:
            return set()
        token = said.removeprefix("Bearer ")
        if token not in self._tokens:
            told = "Invalid credentials in Authorization header"
            raise web.HTTPUnauthorized(headers={"X-Error-Message": told}, text=json.dumps({"error": told}))
        return self._tokens[token]

    def _repo(self, request: web.Request, write: bool = False) -> Repo:
        self.asked[request.match_info.handler.__name__.strip("_")] += 1
        name, names = request.match_info["repo"], self._names(request)
        found, owner = self.repos.get(name), name.split("/")[0]
        if found is None or (found.private and owner not in names):
            told = {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
            raise (web.HTTPNotFound if names else web.HTTPUnauthorized)(headers=told)
        if write and owner not in names:
            raise _refuses(web.HTTPForbidden, f"You don't have the rights to write to {name}")
        return found

    def _revision(self, request: web.Request) -> Commit:
        repo, revision = self._repo(request), request.match_info.get("revision", "main")
        commits = {commit.oid: commit for branch in repo.branches.values() for commit in branch}
        if revision in repo.branches:
            return repo.branches[revision][-1]
        if revision not in commits:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RevisionNotFound"})
        return commits[revision]

    async def _whoami(self, request: web.Request) -> web.Response:
        return web.json_response({"type": "user", "name": min(self._names(request), default="")})

    # Repositories.

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        name, owner = asked["name"], asked["organization"]
        if owner not in self._names(request):
            raise _refuses(web.HTTPForbidden, f"You don't have the rights to create a dataset under {owner}")
        if name in self.refused_names:
            raise _refuses(web.HTTPBadRequest, f"Invalid name: {name} is reserved")
        url = f"{self.url}/datasets/{owner}/{name}"
        if f"{owner}/{name}" in self.repos:
            return web.json_response({"error": "You already created this dataset repo", "url": url}, status=409)
        private = asked.get("private") or asked.get("visibility") == "private"
        self.make(f"{owner}/{name}", bool(private))
        return web.json_response({"url": url, "name": f"{owner}/{name}"})

    async def _info(self, request: web.Request) -> web.Response:
        commit, repo = self._revision(request), self._repo(request)
        files = [{"rfilename": name} for name in commit.files]
        told = {"id": request.match_info["repo"], "sha": commit.oid, "private": repo.private, "siblings": files}
        return web.json_response({**told, "lastModified": WHEN, "tags": [], "downloads": 0, "gated": False})

    async def _refs(self, request: web.Request) -> web.Response:
        repo = self._repo(request)
        branches = [
            {"name": name, "ref": f"refs/heads/{name}", "targetCommit": commits[-1].oid}
            for name, commits in repo.branches.items()
        ]
        return web.json_response({"branches": branches, "converts": [], "tags": []})

    async def _branch(self, request: web.Request) -> web.Response:
        repo, name = self._repo(request, write=True), request.match_info["branch"]
        if " " in name or ".." in name:
            raise _refuses(web.HTTPBadRequest, f"Invalid reference for a branch: {name}")
        if name in repo.branches:
            raise _refuses(web.HTTPConflict, "Reference already exists")
        repo.branches[name] = list(repo.branches["main"])
        return web.json_response({})

    # Reading.

    async def _tree(self, request: web.Request) -> web.Response:
        commit, below = self._revision(request), request.match_info.get("path", "")
        deep = request.query.get("recursive", "").lower() == "true"
        found = [entry for entry in _entries(commit) if entry["path"].startswith(f"{below}/" if below else "")]
        depth = below.count("/") + 1 if below else 0
        if below and not found:
            raise web.HTTPNotFound(headers={"X-Error-Code": "EntryNotFound"})
        return web.json_response([entry for entry in found if deep or entry["path"].count("/") == depth])

    async def _paths(self, request: web.Request) -> web.Response:
        commit = self._revision(request)
        if request.content_type == "application/json":
            paths = set((await request.json())["paths"])
        else:
            paths = set((await request.post()).getall("paths", []))
        return web.json_response([entry for entry in _entries(commit) if entry["path"] in paths])

    async def _resolve(self, request: web.Request) -> web.Response:
        commit, path = self._revision(request), request.match_info["path"]
        if path not in commit.files:
            raise web.HTTPNotFound(headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit.oid})
        file = commit.files[path]
        told = {"ETag": f'"{file.sha256 if file.lfs else file.blob}"', "X-Repo-Commit": commit.oid}
        told |= {"X-Linked-Size": str(len(file.data)), "Accept-Ranges": "bytes"}
        piece = request.http_range
        data = file.data[piece]
        if piece.start is None and piece.stop is None:
            return web.Response(body=data, headers=told)
        start = len(file.data) - len(data) if (piece.start or 0) < 0 else piece.start or 0
        told["Content-Range"] = f"bytes {start}-{start + len(data) - 1}/{len(file.data)}"
        return web.Response(status=206, body=data, headers=told)

    # Writing.

    async def _validate(self, request: web.Request) -> web.Response:
        content = (await request.json())["content"]
        said = "" if content.startswith("---\n") else "The card has no metadata"
        try:
            header = yaml.safe_load(content.split("---\n")[1]) if not said else {}
            for config in header.get("configs", []):
                if not {"config_name", "data_files"} <= set(config):
                    said = '"configs[0]" needs a name and data files'
        except yaml.YAMLError:
            said = "The metadata is no valid YAML"
        errors = [{"message": said}] if said else []
        return web.json_response({"errors": errors, "warnings": []}, status=400 if said else 200)

    async def _preupload(self, request: web.Request) -> web.Response:
        self._repo(request, write=True)
        commit = self._revision(request)
        ignored = commit.files.get(".gitignore", File(b"", False)).data.decode().split()
        told = []
        for file in (await request.json())["files"]:
            path, held = file["path"], commit.files.get(file["path"])
            mode = "lfs" if self._is_large(path, file["size"]) else "regular"
            oid = (held.sha256 if held.lfs else held.blob) if held else None
            told.append({"path": path, "uploadMode": mode, "shouldIgnore": path in ignored, "oid": oid})
        return web.json_response({"files": told})

    async def _batch(self, request: web.Request) -> web.Response:
        self._repo(request, write=True)
        told: list[dict[str, Any]] = []
        for wanted in (await request.json())["objects"]:
            oid, size = wanted["oid"], wanted["size"]
            told.append({"oid": oid, "size": size})
            if oid in self.large:
                continue
            upload: dict[str, Any] = {"href": f"{self.url}/storage/{oid}/0"}
            if self._part and size > self._part:
                count = -(-size // self._part)
                urls = {str(number): f"{self.url}/storage/{oid}/{number}" for number in range(1, count + 1)}
                header = {"chunk_size": str(self._part), **urls}
                upload = {"href": f"{self.url}/storage/{oid}/complete", "header": header}
            told[-1]["actions"] = {"upload": upload, "verify": {"href": f"{self.url}/storage/{oid}/verify"}}
        return web.json_response({"transfer": "basic", "objects": told})

    async def _store(self, request: web.Request) -> web.Response:
        oid, part = request.match_info["oid"], int(request.match_info["part"])
        self.started.set()
        if self.cut > 0:
            self.cut -= 1
            await request.content.read(100)
            return _hang_up(request)
        await asyncio.sleep(self.slow)
        data = await request.read()
        if part:
            self._parts[oid, part] = data
        else:
            self._keep(oid, data)
        return web.Response(headers={"ETag": hashlib.md5(data, usedforsecurity=False).hexdigest()})

    async def _complete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self._keep(asked["oid"], b"".join(self._parts[asked["oid"], part["partNumber"]] for part in asked["parts"]))
        return web.json_response({})

    def _keep(self, oid: str, data: bytes) -> None:
        if hashlib.sha256(data).hexdigest() != oid:
            raise _refuses(web.HTTPBadRequest, "The content is not what was announced")
        self.large[oid] = data
        self.uploaded.append(oid)

    async def _verify(self, request: web.Request) -> web.Response:
        asked = await request.json()
        held = self.large.get(asked["oid"])
        return web.json_response({}, status=200 if held is not None and len(held) == asked["size"] else 404)

    async def _take_commit(self, request: web.Request) -> web.Response:
        repo, branch = self._repo(request, write=True), request.match_info["branch"]
        lines = [json.loads(line) for line in (await request.read()).splitlines()]
        fault = self.commits.pop(0) if self.commits else ""
        if fault == "cut":
            return _hang_up(request)
        if fault in ("before", "busy", "denied"):
            kinds = {"before": web.HTTPInternalServerError, "busy": web.HTTPServiceUnavailable}
            raise _refuses(kinds.get(fault, web.HTTPForbidden), "Internal Error - we are on it")
        if fault == "overtaken":
            self.edit(request.match_info["repo"], {"quick.md": b"mine"}, branch)
        head = repo.branches[branch][-1]
        if lines[0]["value"].get("parentCommit", head.oid) != head.oid:
            raise _refuses(web.HTTPPreconditionFailed, "A commit has happened since. Please refresh and try again.")
        files = dict(head.files)
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "deletedFile":
                del files[value["path"]]
            elif line["key"] == "lfsFile":
                files[value["path"]] = File(self.large[value["oid"]], True)
            else:
                files[value["path"]] = File(base64.b64decode(value["content"]), False)
        oid = self._commit(request.match_info["repo"], branch, lines[0]["value"]["summary"], files)
        if fault == "after":
            raise _refuses(web.HTTPInternalServerError, "Internal Error - we are on it")
        url = f"{self.url}/datasets/{request.match_info['repo']}/commit/{oid}"
        return web.json_response({"commitUrl": url, "commitOid": oid})

    def _commit(self, repo: str, branch: str, title: str, files: dict[str, File]) -> str:
        oid = hashlib.sha1(f"{repo}{next(self._number)}".encode(), usedforsecurity=False).hexdigest()
        self.repos[repo].branches.setdefault(branch, []).append(Commit(oid, title, dict(sorted(files.items()))))
        return oid

    def _is_large(self, name: str, size: int) -> bool:
        return name.endswith(".parquet") or size >= TOO_LARGE


def _entries(commit: Commit) -> list[dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    last = {"lastCommit": {"id": commit.oid, "title": commit.title, "date": WHEN}}
    for name, file in commit.files.items():
        for end in (place for place, letter in enumerate(name) if letter == "/"):
            told[name[:end]] = {"type": "directory", "path": name[:end], "oid": commit.oid, "size": 0, **last}
        told[name] = {"type": "file", "path": name, "oid": file.blob, "size": len(file.data), **last}
        if file.lfs:
            told[name]["lfs"] = {"oid": file.sha256, "size": len(file.data), "pointerSize": 130}
    return list(told.values())


def _refuses(kind: type[web.HTTPException], said: str) -> web.HTTPException:
    return kind(headers={"X-Error-Message": said}, text=json.dumps({"error": said}), content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
