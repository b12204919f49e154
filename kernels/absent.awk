# Describes the CUDA variants to a build without nvcc, so that lists, lessons and recordings know them:
# takes each one's name, lesson and knobs from the const struct at the end of its file. Such a variant
# refuses to run, and says why.
#
#     awk -f kernels/absent.awk HEADERS SOURCES > absent.c

BEGIN {
    print "#include \"kernels/attention.h\""
    print "#include \"kernels/model.h\""
    print "#include \"kernels/workload.h\""
    print "#include \"kernels/cuda/cuda.h\""
}

# The knob masks that the structs use.
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
