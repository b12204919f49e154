# The CUDA variants of a build without nvcc: what each is called, teaches and reads, taken from the
# const struct at the end of its own file, so that lists, lessons and recordings know it. It can't
# run here, and says so.
#
#     awk -f kernels/absent.awk HEADERS SOURCES > absent.c

BEGIN {
    print "#include \"kernels/attention.h\""
    print "#include \"kernels/model.h\""
    print "#include \"kernels/workload.h\""
    print "#include \"kernels/cuda/cuda.h\""
}

# The masks of knobs, which the structs name.
/^#define [A-Z_]+_KNOBS/ && FILENAME !~ /attention\.h$/ { macro = 1 }
macro { print; macro = /\\$/; next }

function finish() {
    if (inside && !hidden) {
        printf "%s", text
        print "    .plan = plan,\n};"
    }
    inside = 0
}

/^(extern )?(extern "C" )?const struct variant [a-z_]+ = \{/ {
    sub(/^extern ("C" )?/, "")
    inside = 1; wanted = 0; hidden = 0
    text = $0 "\n"
    if (!said++) {
        print "static bool plan(const struct knobs *knobs, const struct device_info *device,"
        print "                 const struct capacity *capacity, struct plan *plan, struct error *error)"
        print "{\n    (void)device, (void)capacity;\n    plan->used = *knobs;"
        print "    return error_set(error, ERROR_UNSUPPORTED, \"this build has no cuda backend\");\n}"
    }
    next
}
inside && /^};/ { finish(); next }
inside && /^    \.hidden = true/ { hidden = 1 }
inside && /^    \.[a-z_]+ =/ { wanted = /\.(name|file|target|workload|backend|rung|after|title|why|knobs) =/ }
inside && wanted { text = text $0 "\n" }
