#!/usr/bin/env python3
"""Validates presets, demos, recordings, expectations and documents that pdlab writes.

    tests/schema.py PDLAB

Each file is validated against the schema in presets/schema that it names. A schema must also
refuse a document of another kind.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

SCHEMAS = "presets/schema"
FILES = {
    "preset": ["presets/*.json", "tests/screens/presets/*.json"],
    "run": ["presets/recordings/**/*.json", "tests/screens/*.json"],
    "demo": ["presets/demos/*.json", "tests/screens/demo.json"],
    "expect": ["presets/expect/*.json"],
    "setup": ["tests/fuzz/corpus/user_setup/*.json"],
    "state": ["tests/fuzz/corpus/state/valid.json"],
}
# Files of these folders that are of another kind, or broken on purpose.
OTHERS = ["tests/screens/demo.json", "tests/fuzz/corpus/user_setup/cut.json"]


def validator(path):
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def complaints(validators, kind, path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    name = str(document.get("schema"))
    check = validators.get(name)
    if check is None or not name.startswith(f"pdlab.{kind}/"):
        return [f"{name} is no schema of this kind of document"]
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in check.iter_errors(document)]


def committed_files():
    for kind, patterns in FILES.items():
        for pattern in patterns:
            for path in sorted(glob.glob(pattern, recursive=True)):
                if path not in OTHERS or pattern == path:
                    yield kind, path


def fresh_documents(pdlab, folder):
    """Runs pdlab with various options, and yields the kind and the path of each document."""
    environment = os.environ | {"XDG_CACHE_HOME": folder}
    for name, arguments in {
        "fresh": [],
        "free-running": ["--step-sync", "none"],
        "bare": ["--stamps", "off"],
        "phases": ["--phases", "on"],
        "operations": ["--phases", "on", "--targets", "cpu_model_persistent"],
        "rounds": ["--repeats", "2", "--expect-write", f"{folder}/expect.json"],
    }.items():
        path = f"{folder}/{name}.json"
        subprocess.run([pdlab, "run", "--targets", "persistent_decode", "--device", "cpu",
                        "--iterations", "20", "--out", "none", "--record", path, *arguments],
                       check=True, stdout=subprocess.DEVNULL, env=environment)
        yield "run", path
    yield "expect", f"{folder}/expect.json"
    path = f"{folder}/doctor.json"
    with open(path, "w", encoding="utf-8") as file:
        subprocess.run([pdlab, "doctor", "--json", "--noise"], check=True, stdout=file,
                       env=environment)
    yield "doctor", path


def parts_of_state(folder):
    """Writes the preset and the document of a state to two files. Yields their kinds and paths."""
    with open(FILES["state"][0], encoding="utf-8") as file:
        state = json.load(file)
    for kind, member in ("preset", "preset"), ("run", "runs"):
        path = f"{folder}/state-{member}.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(state[member], file)
        yield kind, path


def main():
    # For example, the schema of pdlab.run/2 is in pdlab.run.2.schema.json.
    validators = {"/".join(os.path.basename(path).split(".schema")[0].rsplit(".", 1)): validator(path)
                  for path in sorted(glob.glob(f"{SCHEMAS}/*.schema.json"))}
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in (*committed_files(), *fresh_documents(os.path.abspath(sys.argv[1]), folder),
                           *parts_of_state(folder)):
            found = complaints(validators, kind, path)
            for line in found:
                print(f"  FAIL  {path}: {line}")
            passed += not found
            failed += bool(found)
    for name, check in validators.items():
        refused = not check.is_valid({"schema": "something else"})
        passed += refused
        failed += not refused
        if not refused:
            print(f"  FAIL  {name} accepts a document of another kind")
    print(f"schema: {passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
