"""`make gpu-check`: the corruptions on a real GPU, held to the laws and to the CPU's bytes, then measured."""
