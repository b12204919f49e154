#include "prefill_decode.h"

void prefill_pair_poison(void *state)
{
    struct prefill_pair *pair = state;
    struct error ignored;
    gpu_dot_poison(state);
    prefill_poison(&pair->prefill, pair->lab.side, &ignored);
}

uint64_t prefill_pair_count_nan(const void *state)
{
    const struct prefill_pair *pair = state;
    return gpu_dot_count_nan(state) + prefill_count_wrong(&pair->prefill, &pair->lab);
}

enum poll_state prefill_pair_collect(struct prefill_pair *pair, enum poll_state polled,
                                     struct stamp_batch *batch)
{
    if (polled == POLL_DONE && pair->lab.stamped && pair->lab.others > 0)
        prefill_collect(&pair->prefill, &pair->lab, batch);
    return polled;
}
