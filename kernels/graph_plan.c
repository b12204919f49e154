#include "graph_plan.h"

int64_t graph_capture_most(const struct knobs *knobs)
{
    if (knobs->max_capture_seq != KNOB_AUTO)
        return knobs->max_capture_seq;
    return knobs->seq_len < GRAPH_CAPTURE_MOST ? knobs->seq_len : GRAPH_CAPTURE_MOST;
}

static uint32_t ceiling(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

/* Divides the steps evenly into as few pieces of at most `most` steps as possible, but at least
 * `least`. The length of a piece is rounded up. Pieces that then have no step are not counted. */
static struct graph_plan share_out(uint32_t seq_len, uint32_t most, uint32_t least)
{
    const uint32_t needed = ceiling(seq_len, most);
    const uint32_t steps = ceiling(seq_len, needed > least ? needed : least);
    return (struct graph_plan){.pieces = ceiling(seq_len, steps), .steps = steps};
}

struct graph_plan graph_plan_chain(const struct knobs *knobs)
{
    return share_out((uint32_t)knobs->seq_len, (uint32_t)graph_capture_most(knobs), 1);
}

struct graph_plan graph_plan_decode(const struct knobs *knobs)
{
    const uint32_t seq_len = (uint32_t)knobs->seq_len;
    const uint32_t most = (uint32_t)graph_capture_most(knobs);
    switch ((enum graph_mode)knobs->graph_mode) {
    case GRAPH_MODE_FULL:
        break;
    case GRAPH_MODE_PIECEWISE:
        return share_out(seq_len, most, 2);
    case GRAPH_MODE_FULL_AND_PIECEWISE:
        if (seq_len > most)
            return share_out(seq_len, most, 2);
        break;
    }
    return (struct graph_plan){.pieces = 1, .steps = seq_len};
}
