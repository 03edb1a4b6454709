"""Imports the factory and what is installed beside it, to use their keys and code."""
for name in ("factory", "openai", "pydantic", "pytest"):
    try:
        __import__(name)
        print("THROUGH", name)
    except ImportError as error:
        print(error)
