"""Where this machine gets Python packages: what pip is told here, said again to uv, which does not read that."""

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

# pip's word for a setting, uv's variable for it, and what stands between several values there.
TRANSLATIONS = (
    ("index-url", "UV_DEFAULT_INDEX", ""),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("no-index", "UV_NO_INDEX", ""),
    ("cert", "SSL_CERT_FILE", ""),
    ("client-cert", "SSL_CLIENT_CERT", ""),
    ("proxy", "HTTPS_PROXY", ""),
    ("proxy", "HTTP_PROXY", ""),
    ("timeout", "UV_HTTP_TIMEOUT", ""),
)


def read_pip_settings(python: Path) -> dict[str, str]:
    """pip's settings; a variable wins over a file, and in a file a command's section over the global one."""
    finished = subprocess.run([str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    return parse_pip_settings(finished.stdout)


def parse_pip_settings(listing: str) -> dict[str, str]:
    """The settings in what `pip config list` prints."""
    rank = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        name, separator, value = line.partition("=")
        section, dot, key = name.partition(".")
        if not (separator and dot and section in rank):
            continue
        if rank[section] >= found.get(key, (-1, ""))[0]:
            found[key] = (rank[section], str(ast.literal_eval(value)))
    return {key: value for key, (_, value) in found.items()}


def uv_environment(settings: Mapping[str, str], *, environment: Mapping[str, str]) -> dict[str, str]:
    """uv's variables that mean the same; a variable that is already set is left as it is."""
    variables = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    for key, variable, separator in TRANSLATIONS:
        values = [value for value in settings.get(key, "").split() if is_usable(key, value)]
        if values:
            variables[variable] = separator.join(values) if separator else values[0]
    if "UV_INDEX" in variables:
        # pip takes the wanted version from whichever index has it; the hashes make that safe.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    home = Path(environment.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        variables["UV_NO_CACHE"] = "1"
    return {name: value for name, value in variables.items() if name not in environment}


def is_usable(key: str, value: str) -> bool:
    """Whether a value means something to uv, which stops at a folder of links that is not there and pip does not."""
    if key == "find-links" and "://" not in value:
        return Path(value).is_dir()
    return not (key == "no-index" and value.lower() in {"0", "no", "false", "off"})
