"""The shards of a finished run in the layouts that trainers document: `factory export RUN --format verl --to DIR`.

    DIR/{how_to_train.md, export.json, sft/train/train-00000-of-00004.parquet, sft/test/…, dpo/…}

A layout is a file of this folder. Files are turned one by one, by polars as a stream, so that memory holds a few row
groups of one of them. The folder is made beside DIR and then put in its place.
"""

from factory.errors import UserError, nearest
from factory.layouts import axolotl, llamafactory, open_instruct, openrlhf, trl, verl
from factory.layouts._layout import Layout
from factory.layouts._write import export

__all__ = ["FORMATS", "export", "layout_of"]

_ALL = (trl.LAYOUT, axolotl.LAYOUT, llamafactory.LAYOUT, openrlhf.LAYOUT, verl.LAYOUT, open_instruct.LAYOUT)
FORMATS: dict[str, Layout] = {layout.name: layout for layout in _ALL}


def layout_of(name: str) -> Layout:
    """Find a layout by the name of its format. Raises UserError with the nearest known name."""
    if name not in FORMATS:
        raise UserError(f"--format {name}: there is no such layout{nearest(name, FORMATS)}")
    return FORMATS[name]
