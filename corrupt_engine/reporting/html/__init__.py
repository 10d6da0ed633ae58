"""The page."""


def render(reports):
    return "x" * 200
