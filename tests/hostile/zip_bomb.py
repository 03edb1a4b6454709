"""Unpacks a gigabyte out of a megabyte."""
import zlib

packer = zlib.compressobj(9, zlib.DEFLATED, -15)
block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
print("THROUGH", len(zlib.decompress(block * 1024 + packer.flush(), -15)))
