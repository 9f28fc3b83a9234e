"""What the workflow costs as images grow, next to other programs on the same input."""
