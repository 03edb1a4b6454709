"""Evaluation: an evaluation is a run whose rows are marked, and whose marks become figures with intervals."""
