#!/bin/bash
# What Triton compiled ahead of time (kernels/triton/aot) is what its sources give, byte for byte, in
# whatever folder they lie: they are compiled again in two, and compared. Skipped, with the reason,
# where there is no Triton to be had.
#
#     tests/triton.sh VENV       makes the venv if need be
set -u

venv=$1
if ! reason=$(kernels/triton/venv.sh "$venv" 2>&1); then
    echo "triton: skipped: $(tail -n 1 <<<"$reason")"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

status=0
for folder in "$work/a" "$work/another folder/b"; do
    mkdir -p "$folder"
    cp kernels/triton/*.py "$folder"
    (cd "$folder" && "$OLDPWD/$venv/bin/python" compile.py "$folder/aot" >"$work/log" 2>&1) || {
        cat "$work/log"
        exit 1
    }
    diff -rq kernels/triton/aot "$folder/aot" || status=1
done
if grep -rlaF -e "$work" -e "$PWD" kernels/triton/aot; then
    echo "triton: a path of the machine that compiled is in these"
    status=1
fi
[ $status -eq 0 ] && echo "triton: compiled twice, the same as committed"
exit $status
