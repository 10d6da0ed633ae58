"""Pages in headless Chromium."""

import html
import json
import re
import shutil
import subprocess
import tempfile

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# The page is our own, and containers often lack what the sandbox needs.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")


def opened(file, *flags, width=1280, height=3000, light=True):
    """What the document is after its scripts ran, as text."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            CHROMIUM,
            *FLAGS.split(),
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={int(light)}",
            f"--window-size={width},{height}",
            "--virtual-time-budget=3000",
            *flags,
            "--dump-dom",
            file.as_uri(),
        ]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-1000:]
    return run.stdout


FRAME = """<!doctype html><title></title><iframe width="{width}" height="3000" srcdoc="{page}"></iframe>
<script>
document.querySelector("iframe").addEventListener("load", (event) => {{
  const view = event.target.contentWindow, document_ = event.target.contentDocument;
  let found;
  try {{ found = (function (window, document) {{ {script} }})(view, document_); }}
  catch (error) {{ found = {{ error: String(error) }}; }}
  document.title = JSON.stringify(found);
}});
</script>"""


def asked(page, script, folder, width=1280):
    """What the script returns about a page (`window` and `document` are the page's) that is so many pixels wide.

    A window of Chromium is never narrower than 500 pixels; a frame is.
    """
    file = folder / "frame.html"
    file.write_text(FRAME.format(width=width, page=html.escape(page), script=script), encoding="utf-8")
    title = re.search(r"<title>(.*?)</title>", opened(file, width=max(width + 40, 800)), re.S)
    found = json.loads(html.unescape(title[1]))
    assert not (isinstance(found, dict) and "error" in found), found
    return found
