/*
 * verdicts.h - how the tagged rows compare with the first of them. Judged again when they change,
 * or when samples have come in for a while. A zeroed one has judged nothing.
 */
#ifndef UI_VERDICTS_H
#define UI_VERDICTS_H

#include "../../src/engine/compare.h"
#include "tags.h"

struct verdicts {
    struct comparison comparisons[EXPLORER_TAGS]; /* with the first that is tagged */
    bool judged[EXPLORER_TAGS];                   /* there is a comparison */
    uint64_t judged_ns, print, samples;           /* when, of what, and how much of it; 0: never */
};

/* The next look judges, whatever has changed. */
void verdicts_forget(struct verdicts *verdicts);

/* Compares the rows of the letters with that of letter `first`, if they have changed since, or have
 * more samples and some time has passed. True if it did. */
bool verdicts_judge(struct verdicts *verdicts, const struct row rows[EXPLORER_TAGS], int first,
                    uint64_t now_ns);

#endif
