"""Mathematics without a model: reading answers, comparing them, and making problems whose answer is known."""
