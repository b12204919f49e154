#include "dot_work.h"

uint64_t dot_step_bytes(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->head_dim * 4 * sizeof(float);
}

uint64_t dot_step_flops(const struct knobs *knobs)
{
    return (uint64_t)knobs->batch * (uint64_t)knobs->head_dim * (knobs->chain ? 5 : 3);
}
