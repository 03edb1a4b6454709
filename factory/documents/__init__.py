"""Documents into clean text, and clean text into chunks that can be asked about."""
