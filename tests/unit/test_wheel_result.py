# SPDX-License-Identifier: MIT
import json

import result


def test_facts_and_seconds_of_all_stages_are_merged(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (first / "gates.json").write_text(json.dumps({"wheel": "m.whl", "needed": []}))
    (first / "build.seconds").write_text("4.2\n")
    (second / "imports.json").write_text(json.dumps({"imports": ["m"]}))
    (second / "test.seconds").write_text("1\n")

    assert result.merge([first, tmp_path / "absent", second]) == {
        "wheel": "m.whl",
        "needed": [],
        "imports": ["m"],
        "seconds": {"build": 4.2, "test": 1.0},
    }
