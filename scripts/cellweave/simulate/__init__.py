"""Movies of dividing cells whose truth is known exactly."""
