#!/bin/bash
# Makes the folder of linked programs one that can be copied: adds the shared libraries that a machine
# may lack, the scripts of tests/gpu, and a README; then looks at what came of it.
#
#     tests/gpu/bundle.sh FOLDER PROGRAM...        (make bundle calls it)
set -eu

folder=$1
shift
here=$(dirname "$0")
most_mib=84

# What every machine has, and what must be its own: glibc, the compiler's libraries, the driver.
is_of_the_system() {
    case $1 in
    linux-vdso.so* | */ld-linux* | ld-linux*) return 0 ;;
    libc.so* | libm.so* | libmvec.so* | libpthread.so* | libdl.so* | librt.so* | libutil.so*) return 0 ;;
    libresolv.so* | libanl.so* | libnss_*) return 0 ;;
    libgcc_s.so* | libstdc++.so* | libcuda.so*) return 0 ;;
    esac
    return 1
}

# "name path" of every library that the programs load, themselves or through another.
libraries_of() {
    ldd "$@" | awk '$2 == "=>" { print $1, $3 }' | sort -u
}

copy_libraries() {
    local name path
    rm -rf "${folder:?}/lib"
    mkdir -p "$folder/lib"
    libraries_of "$@" | while read -r name path; do
        is_of_the_system "$name" && continue
        [ -e "$path" ] || {
            echo "bundle: $name is not found here" >&2
            return 1
        }
        cp -L "$path" "$folder/lib/$name"
        chmod 755 "$folder/lib/$name"
    done
}

# The newest glibc that anything in the folder asks for.
glibc_needed() {
    readelf -VW "$@" "$folder"/lib/* | grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -n 1
}

# Every library is found in the folder or is the system's, and the driver is nobody's business.
check() {
    local name path wrong=0
    while read -r name path; do
        case $path in
        "$(realpath "$folder")"/*) continue ;;
        esac
        is_of_the_system "$name" && continue
        echo "bundle: $name comes from $path" >&2
        wrong=1
    done < <(env -u LD_LIBRARY_PATH ldd "$@" | awk '$2 == "=>" { print $1, $3 }')
    if readelf -dW "$@" | grep -E 'NEEDED.*lib(cuda|nvidia-ml|cupti)\.' >&2; then
        wrong=1
    fi
    return $wrong
}

programs=("${@/#/$folder/}")
copy_libraries "${programs[@]}"
rm -rf "${folder:?}/tests"
mkdir -p "$folder/tests/gpu"
find "$here" -maxdepth 1 -type f ! -name bundle.sh ! -name '*.cu' ! -name '*.c' -exec cp -p {} "$folder/tests/gpu/" \;
check "${programs[@]}"
glibc=$(glibc_needed "${programs[@]}")
cat >"$folder/README.txt" <<EOF
pdlab for a machine with a GPU and no development packages: x86-64, glibc ${glibc#GLIBC_} or later, an NVIDIA driver.
./pdlab is the explorer; ./pdlab list says what can run here; ./units --filter 'cuda*/*' -j1 are the units.
tests/gpu/run.sh FOLDER verifies, measures, breaks and records, with logs in FOLDER and a table at the end.
EOF
mib=$(du -sm "$folder" | cut -f1)
[ "$mib" -lt $most_mib ] || {
    echo "bundle: $folder is $mib MiB; at most $most_mib" >&2
    exit 1
}
echo "bundle: $folder, $mib MiB, needs glibc ${glibc#GLIBC_}"
