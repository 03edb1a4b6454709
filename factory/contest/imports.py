"""What a program imports: contest programs need little, and who trains on them may want no others.

imported("import os.path\\nfrom collections import deque")  # {"os", "collections"}
"""

import ast
import warnings


def imported(code: str) -> set[str]:
    """Name the packages that the code imports, `__import__` itself included; none for code that does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Name) and node.id in ("__import__", "importlib"):
            found.add(node.id)
    return found
