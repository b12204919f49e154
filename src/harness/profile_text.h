/*
 * profile_text.h - writes profile.txt: the results of a run as text.
 */
#pragma once

#include "profile_pass.h"

/* Facts that are not in the run itself. */
struct profile_notes {
    const char *trace;   /* the source of trace.json */
    const char *tool[2]; /* the report files of nsys and ncu, or why there is none */
};

/* Returns the text for pass->measured, which the caller frees. NULL: out of memory. */
char *profile_print(const struct profile_pass *pass, const struct profile_notes *notes,
                    size_t *length);
