"""What people do besides evaluating: look at corruptions, time them, store copies, ask what this machine lacks."""
