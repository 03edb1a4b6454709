"""Prints its environment, where keys are kept."""
import os

print(dict(os.environ))
print(os.environb if hasattr(os, "environb") else "")
