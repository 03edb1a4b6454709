"""One engine a file; the file's name is the `kind` in the YAML. Engines know only requests and replies."""
