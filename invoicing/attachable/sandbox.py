"""Asking a process apart to make a file safe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from invoicing.attachable.kinds import FILE_BYTES_MAX, NotAttachable, Refusal, SafeFile

SOURCE_FOLDER = Path(__file__).resolve().parents[2]
SECONDS_MAX = 30  # of the clock; the process itself has fewer of the processor


def make_safe_apart(content: bytes) -> SafeFile:
    """The file written anew by a process with little memory and time, which is ended when it takes too much."""
    if len(content) > FILE_BYTES_MAX:
        raise NotAttachable(Refusal.TOO_LARGE)
    environment = {"PYTHONPATH": str(SOURCE_FOLDER), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "invoicing.attachable"],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS_MAX,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotAttachable(Refusal.TOO_COSTLY) from error
    head, _newline, made = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise NotAttachable(Refusal.TOO_COSTLY)
    answer = json.loads(head)
    if "refusal" in answer:
        raise NotAttachable(Refusal(answer["refusal"]))
    return SafeFile(made, answer["content_type"])
