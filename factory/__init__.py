"""The synthetic data factory: audited post-training data from a local open model."""

__version__ = "0.1.0"
