"""Duplicates and leaks between texts: shared shingles, shared meaning, shared passages with a benchmark.

Three pure helpers, each one function or class: `minhash.near_duplicates`, `semantic.semantic_duplicates`
and `overlap.Benchmarks`. All three see a text through the one tokeniser of `shingles`.
"""
