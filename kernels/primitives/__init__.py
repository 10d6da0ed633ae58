"""The few primitives that corruptions are built from, one file each; `cpu.py` gathers the host forms."""
