"""Checks over generated text: language, repetition, placeholders, prompt leakage, truncation."""
