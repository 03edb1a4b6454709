"""Crashes the interpreter by way of ctypes."""
import ctypes

ctypes.string_at(0)
