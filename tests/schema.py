#!/usr/bin/env python3
"""Validates presets, recordings and documents that pdlab has just written against their schemas.

    tests/schema.py PDLAB
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

SCHEMAS = "presets/schema"
RUNS = {"pdlab.run/1": "pdlab.run.1.schema.json", "pdlab.run/2": "pdlab.run.2.schema.json"}
PRESET = "pdlab.preset.1.schema.json"
DOCTOR = "pdlab.doctor.1.schema.json"
STATE = "pdlab.state.1.schema.json"
SETUP = "pdlab.setup.1.schema.json"
EXPECTS = {"pdlab.expect/1": "pdlab.expect.1.schema.json", "pdlab.expect/2": "pdlab.expect.2.schema.json"}
DEMO = "pdlab.demo.1.schema.json"


def validator(name):
    with open(f"{SCHEMAS}/{name}", encoding="utf-8") as file:
        schema = json.load(file)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


class Versions:
    """Documents of every version: each is held against its own schema."""

    def __init__(self, schemas):
        self.checks = {version: validator(name) for version, name in schemas.items()}

    def iter_errors(self, document):
        check = self.checks.get(document.get("schema"))
        if check is None:
            raise ValueError(f"no schema for {document.get('schema')}")
        return check.iter_errors(document)

    def is_valid(self, document):
        return all(check.is_valid(document) for check in self.checks.values())


def complaints(check, path):
    with open(path, encoding="utf-8") as file:
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
                for error in check.iter_errors(json.load(file))]


def fresh_documents(pdlab, folder):
    """What a run writes: as usual, without a step of the batch, without stamps, with phases, with
    operations, and in rounds."""
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
                       check=True, stdout=subprocess.DEVNULL,
                       env=os.environ | {"XDG_CACHE_HOME": folder})
        yield path


def doctors_document(pdlab, folder):
    path = f"{folder}/doctor.json"
    with open(path, "w", encoding="utf-8") as file:
        subprocess.run([pdlab, "doctor", "--json", "--noise"], check=True, stdout=file,
                       env=os.environ | {"XDG_CACHE_HOME": folder})
    return path


def parts_of_state(path, folder):
    """The preset and the document that a state holds, each as a file of its own."""
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    for part in "preset", "runs":
        with open(f"{folder}/{part}.json", "w", encoding="utf-8") as file:
            json.dump(state[part], file)
        yield f"{folder}/{part}.json"


def main():
    run, expect = Versions(RUNS), Versions(EXPECTS)
    preset, doctor = validator(PRESET), validator(DOCTOR)
    state, setup, demo = (validator(name) for name in (STATE, SETUP, DEMO))
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder:
        files = [(preset, path) for path in sorted(glob.glob("presets/*.json"))]
        files += [(run, path) for path in sorted(glob.glob("presets/recordings/**/*.json",
                                                           recursive=True))]
        files += [(run, path) for path in sorted(glob.glob("tests/screens/*.json"))
                  if path != "tests/screens/demo.json"]
        files += [(demo, path) for path in sorted(glob.glob("presets/demos/*.json"))]
        files += [(demo, "tests/screens/demo.json")]
        files += [(expect, path) for path in sorted(glob.glob("presets/expect/*.json"))]
        files += [(run, path) for path in fresh_documents(os.path.abspath(sys.argv[1]), folder)]
        files += [(expect, f"{folder}/expect.json")]
        files += [(doctor, doctors_document(os.path.abspath(sys.argv[1]), folder))]
        files += [(preset, path) for path in sorted(glob.glob("tests/screens/presets/*.json"))]
        left = "tests/fuzz/corpus/state/valid.json"
        files += [(setup, path) for path in sorted(glob.glob("tests/fuzz/corpus/user_setup/*.json"))
                  if not path.endswith("cut.json")]
        files += [(state, left), *zip((preset, run), parts_of_state(left, folder))]
        for check, path in files:
            found = complaints(check, path)
            for line in found:
                print(f"  FAIL  {path}: {line}")
            passed += not found
            failed += bool(found)
    # A schema that accepts anything would pass all of the above.
    for check in run, preset, doctor, state, expect, setup, demo:
        refused = not check.is_valid({"schema": "something else"})
        passed += refused
        failed += not refused
        if not refused:
            print("  FAIL  a schema takes a document of another kind")
    print(f"schema: {passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
