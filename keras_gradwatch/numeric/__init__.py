"""Custom gradients against finite differences, in NumPy."""
