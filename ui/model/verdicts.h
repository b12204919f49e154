/*
 * verdicts.h - compares each tagged row with the first of them. Repeats that when the rows change,
 * and at intervals while new samples arrive. A zeroed struct means no comparison.
 */
#pragma once

#include "../../src/engine/compare.h"
#include "tags.h"

/* Writes the ratio and the verdict: "×1.53, 1.50 to 1.57: faster"; without a ratio, only the
 * verdict. `times`, `plus_minus`: the signs. */
void verdict_text(const struct comparison *comparison, const char *times, const char *plus_minus,
                  char *text, size_t size);

struct verdicts {
    struct comparison comparisons[EXPLORER_TAGS]; /* of each tag with the first tag */
    bool judged[EXPLORER_TAGS];                   /* whether the tag has a comparison */
    uint64_t judged_ns, print, samples; /* of the last comparison: its time (0: none), a fingerprint
                                           of the runs, and the number of samples */
};

/* Makes the next verdicts_judge compare even if nothing changed. */
void verdicts_forget(struct verdicts *verdicts);

/* If the tagged rows changed, or have more samples and some time has passed, compares them with the
 * row of tag `first`. True: it compared them. */
bool verdicts_judge(struct verdicts *verdicts, const struct row rows[EXPLORER_TAGS], int first,
                    uint64_t now_ns);
