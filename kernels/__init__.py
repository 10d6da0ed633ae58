"""The arithmetic of the corruptions: uint8 arrays, parameters and keys in, uint8 arrays out. Knows no framework and no
file.
"""
