# arrows.awk - prints each #include "..." of a higher layer.
#
#     awk -f tests/arrows.awk FILE...
#
# A layer is a folder. A file may include headers of its own folder and of folders before it in this
# list:
#
#     kernels, src/base, src/engine, src/document, src/harness, src/command,
#     ui/terminal, ui/model, ui/panels, ui/views, ui
#
# From kernels, src/base includes only the headers of errors, threads and the clock. ui/panels and
# ui/views draw from ui/model/frame.h, and include no header of the explorer. Exits with 1 if it finds
# such an include.

BEGIN {
    count = split("kernels src/base src/engine src/document src/harness src/command " \
                  "ui/terminal ui/model ui/panels ui/views ui", folders, " ")
    for (i = 1; i <= count; i++)
        rank[folders[i]] = i
}

# The folder of the table that contains the path: the longest match.
function folder_of(path,    folder) {
    for (folder = path; sub(/\/[^\/]*$/, "", folder); )
        if (folder in rank)
            return folder
    return ""
}

# The path of `name`, included from `file`, with its ".." resolved.
function resolve(file, name,    path) {
    path = file
    if (!sub(/[^\/]*$/, "", path))
        path = ""
    path = path name
    while (sub(/[^\/]+\/\.\.\//, "", path))
        ;
    return path
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    path = resolve(FILENAME, quoted[2])
    from = folder_of(FILENAME)
    to = folder_of(path)
    why = ""
    if (from == "" || to == "")
        why = "is in no folder that has a rank"
    else if (rank[to] > rank[from])
        why = "points up, from " from " to " to
    else if (from == "src/base" && to == "kernels" && path !~ /^kernels\/(error|thread|clock)\.h$/)
        why = "is a header of kernels that src/base may not include"
    else if (from ~ /^ui\/(panels|views)$/ && path ~ /^ui\/model\/explorer/)
        why = "is a header of the explorer: panels and views include ui/model/frame.h"
    if (why != "") {
        print FILENAME ":" FNR ": " path " " why
        found = 1
    }
}

END { exit found }
