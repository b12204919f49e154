#!/bin/bash
# Completes a folder of programs so that it can be copied to another machine: adds the shared libraries
# that the machine may lack, the scripts of tests/gpu, and a README. Then checks the libraries and the
# size.
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
./pdlab starts the explorer; ./pdlab list names the variants that can run here.
./units --filter 'cuda*/*' -j1 runs the unit tests of the CUDA variants.
tests/gpu/run.sh FOLDER verifies, measures, provokes failures and records; FOLDER gets logs and a table.
tests/bench/peers.py ./pdlab compares attention with PyTorch and, if it is installed, FlashInfer.
EOF
mib=$(du -sm "$folder" | cut -f1)
[ "$mib" -lt $most_mib ] || {
    echo "bundle: $folder is $mib MiB; it may be less than $most_mib MiB" >&2
    exit 1
}
echo "bundle: $folder, $mib MiB, needs glibc $glibc"
