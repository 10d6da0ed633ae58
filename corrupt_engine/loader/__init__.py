"""Corrupted batches: which samples, which conditions, decoded by whom, in which order, and given out as torch's
DataLoader does.
"""
