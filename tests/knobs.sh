#!/bin/bash
# Compares copies of kernels/knobs.def with pdlab's output: the table of knobs in src/README.md, and
# $defs.knobs in each schema that accepts all knobs. --write corrects the copies.
#
#     tests/knobs.sh PDLAB [--write]
set -euo pipefail

pdlab=$(realpath "$1")
write=${2:-}
cd "$(dirname "$0")/.."
part=$(mktemp)
trap 'rm -f "$part"' EXIT
status=0

# part_of FILE BEGIN LINE [NEW]: prints the line that begins with BEGIN and the following lines that
# match LINE; with NEW, prints the whole file with NEW's text instead of these lines.
part_of() {
    awk -v begin="$2" -v line="$3" -v new="${4:-}" '
        inside && $0 !~ line { inside = 0 }
        !found && index($0, begin) == 1 {
            found = inside = 1
            while (new && (getline text < new) > 0) print text
        }
        inside != (new != "")' "$1"
}

compare() { # compare FILE BEGIN LINE: compares that part of the file with $part
    [ -s "$part" ] || exit 1 # pdlab has printed the reason
    part_of "$1" "$2" "$3" | cmp -s - "$part" && return
    if [ "$write" = --write ]; then
        changed=$(part_of "$1" "$2" "$3" "$part"; echo .)
        printf %s "${changed%.}" >"$1"
        echo "knobs: $1 written"
    else
        part_of "$1" "$2" "$3" | diff -u --label "$1" --label "as pdlab prints it" - "$part" || :
        status=1
    fi
}

"$pdlab" list --markdown | part_of /dev/stdin '| knob |' '^[|]' >"$part"
compare src/README.md '| knob |' '^[|]'

"$pdlab" --help knob-schema | sed '1s/^/  "knobs":/' >"$part"
for schema in run.2 preset.1 expect.2 demo.1; do # older versions keep their knobs
    compare "presets/schema/pdlab.$schema.schema.json" '  "knobs":{' '^   "'
done

[ $status -eq 0 ] || echo "knobs: run \`make knobs\` to correct these files"
exit $status
