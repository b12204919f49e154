/*
 * profile_text.h - profile.txt: the results of a run in readable form.
 */
#pragma once

#include "profile_pass.h"

/* Additional facts about the run. */
struct profile_notes {
    const char *trace;   /* the source of trace.json */
    const char *tool[2]; /* nsys's and ncu's report file, or why there is none */
};

/* The text for pass->measured (malloc). NULL: out of memory. */
char *profile_print(const struct profile_pass *pass, const struct profile_notes *notes,
                    size_t *length);
