"""A model under every condition of a benchmark: what fixes the numbers, and the record filled until nothing is
missing.
"""
