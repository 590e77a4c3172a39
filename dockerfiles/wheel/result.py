# SPDX-License-Identifier: MIT
"""Write result.json, which leaves beside the wheel: what was seen of it, stage by stage.

`result.py OUTPUT FOLDER…`: the folders hold JSON objects (`*.json`), merged in order, and the
seconds that stages took (`<stage>.seconds`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path


def merge(folders: Iterable[Path]) -> dict[str, object]:
    """Everything the stages left in these folders."""
    result: dict[str, object] = {}
    seconds: dict[str, float] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            result.update(json.loads(path.read_text(encoding="utf-8")))
        for path in folder.glob("*.seconds"):
            seconds[path.stem] = float(path.read_text(encoding="utf-8"))
    return {**result, "seconds": dict(sorted(seconds.items()))}


if __name__ == "__main__":
    output, *names = sys.argv[1:]
    merged = merge(Path(name) for name in names)
    Path(output).write_text(json.dumps(merged, indent=2) + "\n", encoding="utf-8")
