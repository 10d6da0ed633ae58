"""What of the website can be checked without Sphinx; `make site` builds it, with every warning an error."""

import corrupt_engine as ce
from website.__main__ import HERE, lacking
from website.docstrings import converted


def test_the_reference_has_every_public_name():
    page = (HERE / "reference.md").read_text(encoding="utf-8")
    assert lacking(page) == []
    assert lacking(page.replace(":: corrupt_engine.sweep\n", ":: corrupt_engine.swept\n")) == ["sweep"]
    assert lacking("") == [name for name in ce.__all__ if name != "__version__"]


def test_what_sphinx_would_take_for_markup_is_escaped():
    assert converted(["`size` of *_noise, |q|, name_ or a_b"]) == [r"``size`` of \*_noise, \|q\|, name\_ or a_b"]


def test_an_example_stays_as_it_is():
    lines = [">>> a * b", "'`x`'", "", "*after*"]
    assert converted(lines) == [">>> a * b", "'`x`'", "", r"\*after\*"]


def test_what_is_indented_below_a_colon_is_a_block():
    assert converted(["A call:", "", "    f(*x)   y", "", "then *z*"]) == [
        "A call::",
        "",
        "    f(*x)   y",
        "",
        r"then \*z\*",
    ]
