"""The command line, `corrupt-engine`. One file a command: `add` describes it to argparse, `run` does it and gives the
exit code.
"""

import argparse
import contextlib
import importlib
import json
import sys
from collections.abc import Sequence

from .. import __version__
from ..errors import CorruptEngineError
from ..runtime.messages import escape_controls
from .console import Console, forget_output, open_streams, say
from .typed import typed

COMMANDS = (
    "list",
    "preview",
    "gallery",
    "evaluate",
    "compare",
    "overlap",
    "design",
    "distances",
    "correlate",
    "calibrate",
    "report",
    "merge",
    "bench",
    "export",
    "verify",
    "doctor",
)

DONE, FAILED, MISUSED, WITH_FLAWS, INTERRUPTED = 0, 1, 2, 3, 130

EPILOG = """\
examples:
  corrupt-engine preview photo.jpg                            every corruption of one image, as a contact sheet
  corrupt-engine gallery photo.jpg                            the same as a page with a slider for the severity
  corrupt-engine evaluate timm:resnet50 imagenet/val          ImageNet-C; run it again after a kill, it continues
  corrupt-engine report resnet50.sqlite -o resnet50.html      the page to look at
  corrupt-engine compare resnet50.sqlite vit.sqlite           is the difference more than chance?
  corrupt-engine overlap models:small train test overlap      which corruptions measure the same thing?

exit codes:
  0    done
  1    failed: something outside (a hub, a disk, a file) was not as it must be; nothing recorded is lost
  2    misused: an option, a name or the data cannot be used like that
  3    done, but some predictions were NaN or some files could not be read: the output says how many; or `verify` does
       not reproduce what is published
  130  interrupted; the record keeps all up to then
"""


def parser() -> argparse.ArgumentParser:
    """The parser with all commands.

    Returns:
        An ArgumentParser; what it parses has `run(options, output)`, the exit code of which is the command's.
    """
    top = argparse.ArgumentParser(
        prog="corrupt-engine",
        description="ImageNet-C style corruptions made on the fly: evaluate, look, compare, publish.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"corrupt-engine {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f".{name}", __name__).add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Our errors are shown on standard error, in one line, without a traceback.

    Args:
        arguments: the words after `corrupt-engine`; None for those of this process.

    Returns:
        The exit code, see EPILOG. For a wrong command line argparse raises SystemExit instead.
    """
    open_streams()
    options = parser().parse_args(arguments)
    options.typed = typed(sys.argv[1:] if arguments is None else arguments)
    output = Console(options.json, options.quiet)
    try:
        code: int = options.run(options, output)
        sys.stdout.flush()
        return code
    except CorruptEngineError as error:
        if options.json:
            with contextlib.suppress(OSError):
                sys.stdout.write(json.dumps({"error": {"type": type(error).__name__, "message": str(error)}}) + "\n")
        say(f"corrupt-engine {options.command}: error: {escape_controls(' '.join(str(error).split()))}")
        return MISUSED if isinstance(error, (ValueError, TypeError)) else FAILED
    except KeyboardInterrupt:
        say("\ncorrupt-engine: interrupted; run the same command again, it continues where there is a record")
        return INTERRUPTED
    except BrokenPipeError:
        forget_output()  # the reader (head, less) has gone
        return DONE
