"""The tests."""

from .tiles import use

use()
