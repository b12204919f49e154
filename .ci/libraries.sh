# shellcheck shell=bash
# Functions for the shared libraries that a folder of programs needs, for tests/gpu/bundle.sh and
# .ci/dist.sh.

# Libraries that must be the machine's own: glibc, the compiler's, the driver's.
is_of_the_system() {
    case $1 in
    linux-vdso.so* | */ld-linux* | ld-linux*) return 0 ;;
    libc.so* | libm.so* | libmvec.so* | libpthread.so* | libdl.so* | librt.so* | libutil.so*) return 0 ;;
    libresolv.so* | libanl.so* | libnss_*) return 0 ;;
    libgcc_s.so* | libstdc++.so* | libcuda.so*) return 0 ;;
    esac
    return 1
}

# libraries_of PROGRAM...: prints "name path" of every library that the programs load, directly or
# indirectly.
libraries_of() {
    env -u LD_LIBRARY_PATH ldd "$@" | awk '$2 == "=>" { print $1, $3 }' | sort -u
}

# copy_libraries FOLDER PROGRAM...: copies the libraries that are not the system's into FOLDER/lib.
copy_libraries() {
    local folder=$1 name path
    shift
    rm -rf "${folder:?}/lib"
    mkdir -p "$folder/lib"
    libraries_of "$@" | while read -r name path; do
        is_of_the_system "$name" && continue
        [ -e "$path" ] || {
            echo "$name is missing on this machine" >&2
            return 1
        }
        cp -L "$path" "$folder/lib/$name"
        chmod 755 "$folder/lib/$name"
    done
}

# check_libraries FOLDER PROGRAM...: checks that every library is in the folder or is the system's, and
# that no program needs the driver to start.
check_libraries() {
    local folder=$1 name path wrong=0
    shift
    while read -r name path; do
        case $path in
        "$(realpath "$folder")"/*) continue ;;
        esac
        is_of_the_system "$name" && continue
        echo "$name comes from $path" >&2
        wrong=1
    done < <(libraries_of "$@")
    if readelf -dW "$@" | grep -E 'NEEDED.*lib(cuda|nvidia-ml|cupti)\.' >&2; then
        wrong=1
    fi
    return $wrong
}

# glibc_needed FILE...: prints the newest glibc version that any of the files needs, such as 2.34.
glibc_needed() {
    readelf -VW "$@" | grep -o 'GLIBC_2\.[0-9]*' | sort -Vu | tail -n 1 | sed s/GLIBC_//
}
