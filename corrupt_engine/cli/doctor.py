"""`corrupt-engine doctor`: what was found, what is missing, how to get it."""

import argparse

from .arguments import Commands, command
from .console import Console

EXAMPLES = """\
  corrupt-engine doctor
  corrupt-engine doctor --json
"""
MARKS = {"ok": "ok", "absent": "--", "broken": "!!"}


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Look at the machine: libraries, decoder, GPU, textures, compiled kernels. "
        "Exit code 1 where something needed is broken."
    )
    command(commands, "doctor", run, "what was found, what is missing", about, EXAMPLES)


def run(options: argparse.Namespace, output: Console) -> int:
    """Print the findings."""
    from ..tools.doctor import diagnose

    findings = list(diagnose())
    lines = []
    for found in findings:
        lines.append(f"{MARKS[found.state]}  {found.name:<22}{found.detail}")
        if found.way:
            lines.append(f"{'':26}{found.way}")
    output.result("\n".join(lines), [found._asdict() for found in findings])
    return 1 if any(found.state == "broken" for found in findings) else 0
