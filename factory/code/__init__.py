"""What the factory knows about programming languages in what a model writes: its blocks, syntax and language."""
