#!/bin/bash
# Completes a folder of linked programs so that it can be copied: adds the shared libraries that a
# machine may lack, the scripts of tests/gpu, and a README; then checks the result.
#
#     tests/gpu/bundle.sh FOLDER PROGRAM...        (make bundle calls it)
set -eu

folder=$1
shift
here=$(dirname "$0")
# shellcheck source=.ci/libraries.sh
. "$here/../../.ci/libraries.sh"
most_mib=96

programs=("${@/#/$folder/}")
copy_libraries "$folder" "${programs[@]}"
rm -rf "${folder:?}/tests"
mkdir -p "$folder/tests/gpu"
find "$here" -maxdepth 1 -type f ! -name bundle.sh ! -name '*.cu' ! -name '*.c' -exec cp -p {} "$folder/tests/gpu/" \;
mkdir -p "$folder/tests/bench"
cp -p "$here/../bench/peers.py" "$folder/tests/bench/"
check_libraries "$folder" "${programs[@]}"
glibc=$(glibc_needed "${programs[@]}" "$folder"/lib/*)
cat >"$folder/README.txt" <<EOF
pdlab for a machine with a GPU and no development packages: x86-64, glibc $glibc or later, an NVIDIA driver.
./pdlab is the explorer; ./pdlab list says what can run here; ./units --filter 'cuda*/*' -j1 are the units.
tests/gpu/run.sh FOLDER verifies, measures, breaks and records, with logs in FOLDER and a table at the end.
tests/bench/peers.py ./pdlab measures attention beside PyTorch and, if it is there, FlashInfer.
EOF
mib=$(du -sm "$folder" | cut -f1)
[ "$mib" -lt $most_mib ] || {
    echo "bundle: $folder is $mib MiB; at most $most_mib" >&2
    exit 1
}
echo "bundle: $folder, $mib MiB, needs glibc $glibc"
