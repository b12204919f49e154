#!/bin/bash
# Compiles Triton's kernels in two folders and compares the results with kernels/triton/aot, byte for
# byte. Skipped with a message if Triton cannot be installed.
#
#     tests/triton.sh VENV       a Python venv with Triton, created if necessary
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
    echo "triton: the files above contain a path of the machine that compiled them"
    status=1
fi
[ $status -eq 0 ] && echo "triton: the kernels compile to the committed files, in two folders"
exit $status
