#include "../../ui/model/progress.h"
#include "unit.h"

static const char *text_of(enum worker_state state, const struct run *run)
{
    static char text[160];
    progress_text(state, "cuda:0", "some_variant", run, text, sizeof text);
    return text;
}

Test(progress_text, it_names_the_current_activity)
{
    struct run run = {.status = RUN_PREPARING, .used.warmup = 10, .warmed = 3};
    cr_assert_str_eq(text_of(WORKER_OPENING, NULL), "opening cuda:0");
    cr_assert_str_eq(text_of(WORKER_RUNNING, NULL), "some_variant: waiting for its time slice");
    cr_assert_str_eq(text_of(WORKER_RUNNING, &run), "some_variant: allocating, generating inputs");
    run.status = RUN_WARMING;
    cr_assert_str_eq(text_of(WORKER_RUNNING, &run), "some_variant: warming up, 3 of 10 iterations");
    run.verifying = true;
    run.verified = 2;
    run.verification.total = 8;
    cr_assert_str_eq(text_of(WORKER_RUNNING, &run),
                     "some_variant: warming up, 3 of 10 iterations; verifying: 2 of 8 so far");
    assert_contains(text_of(WORKER_MEASURING, &run), "measuring the peaks of cuda:0");
}

Test(progress_text, the_time_counts_from_the_last_change)
{
    struct progress progress = {0};
    char text[32], before[32];
    progress_elapsed(&progress, text, sizeof text);
    cr_assert_str_eq(text, "");
    progress_follow(&progress, 7, UINT64_C(1000000000));
    progress_follow(&progress, 7, UINT64_C(4200000000));
    progress_elapsed(&progress, before, sizeof before);
    assert_contains(before, "3.2 s");
    progress_follow(&progress, 7, UINT64_C(4300000000));
    progress_elapsed(&progress, text, sizeof text);
    cr_assert_neq(text[0], before[0], "the spinner turns");
    progress_follow(&progress, 8, UINT64_C(5000000000));
    progress_elapsed(&progress, text, sizeof text);
    assert_contains(text, "0.0 s");
    progress_follow(&progress, 0, UINT64_C(6000000000));
    progress_elapsed(&progress, text, sizeof text);
    cr_assert_str_eq(text, "");
}
