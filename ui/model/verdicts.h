/*
 * verdicts.h - compares the tagged rows with the first of them, again whenever they change and at
 * intervals while samples come in. Zeroed: no comparison.
 */
#pragma once

#include "../../src/engine/compare.h"
#include "tags.h"

/* Writes the ratio and the verdict: "×1.53, 1.50 to 1.57: faster"; without a ratio, the verdict
 * alone. `times` and `plus_minus`: how to print those signs. */
void verdict_text(const struct comparison *comparison, const char *times, const char *plus_minus,
                  char *text, size_t size);

struct verdicts {
    struct comparison comparisons[EXPLORER_TAGS]; /* with the first tag */
    bool judged[EXPLORER_TAGS];                   /* it has a comparison */
    uint64_t judged_ns, print,
        samples; /* time, runs (a fingerprint) and samples of the last comparison; 0: none */
};

/* Makes the next verdicts_judge compare in any case. */
void verdicts_forget(struct verdicts *verdicts);

/* Compares the tagged rows with the row of tag `first` if they changed, or if they have more
 * samples and some time has passed. True if it did. */
bool verdicts_judge(struct verdicts *verdicts, const struct row rows[EXPLORER_TAGS], int first,
                    uint64_t now_ns);
