#!/bin/sh
# Checks that a file includes only headers of its own and lower layers (arrows.awk), and tests that
# check.
#
#     tests/arrows.sh FILE...
set -u

here=$(cd "$(dirname "$0")" && pwd)
status=0
awk -f "$here/arrows.awk" "$@" || status=1

# One forbidden include per rule, which the check must find.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
while read -r file name; do
    mkdir -p "$folder/${file%/*}"
    echo "#include \"$name\"" > "$folder/$file"
    if (cd "$folder" && awk -f "$here/arrows.awk" "$file" > /dev/null); then
        echo "arrows: the check does not find that $file may not include $name"
        status=1
    fi
done <<END
kernels/cpu/a.c ../../src/base/text.h
kernels/a.c ../ui/terminal/keys.h
src/base/a.c ../../kernels/lab.h
src/base/a.h ../engine/knobs.h
src/engine/a.c ../document/document.h
src/document/a.c ../harness/report.h
src/harness/a.c ../command/options.h
src/command/a.c ../../ui/terminal/keys.h
ui/terminal/a.c ../model/explorer.h
ui/model/a.c ../panels/screen.h
ui/panels/a.c ../views/views.h
ui/views/a.c ../loop.h
ui/views/b.c ../model/explorer.h
ui/panels/b.c ../model/explorer_private.h
tests/a.c ../src/base/text.h
END
# Allowed includes, which the check must accept.
while read -r file name; do
    mkdir -p "$folder/${file%/*}"
    echo "  # include \"$name\"" > "$folder/$file"
    (cd "$folder" && awk -f "$here/arrows.awk" "$file") || status=1
done <<END
kernels/cpu/b.c ../lab.h
src/base/b.c ../../kernels/error.h
src/engine/b.c ../../kernels/lab.h
src/command/b.c ../base/text.h
ui/b.c views/views.h
ui/panels/c.c ../model/frame.h
ui/terminal/b.c ../../src/command/user_setup.h
END
[ $status -eq 0 ] && echo "arrows: $# files include only headers of their own and lower layers"
exit $status
