"""Floor 2: one module per file format."""
