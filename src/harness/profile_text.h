/*
 * profile_text.h - profile.txt: what a run came to, for a person.
 */
#ifndef SRC_PROFILE_TEXT_H
#define SRC_PROFILE_TEXT_H

#include "profile_pass.h"

/* What is told beside the run. */
struct profile_notes {
    const char *trace;   /* what trace.json is made from */
    const char *tool[2]; /* of nsys and ncu: the report's file, or why there is none */
};

/* The text (malloc), of pass->measured. NULL: no memory. */
char *profile_print(const struct profile_pass *pass, const struct profile_notes *notes,
                    size_t *length);

#endif
