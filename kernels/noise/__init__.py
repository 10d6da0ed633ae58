"""Additive and multiplicative noise."""
