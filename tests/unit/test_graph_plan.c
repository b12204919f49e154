#include "../../kernels/graph_plan.h"
#include "unit.h"

static struct knobs with(int64_t seq_len, int64_t most, enum graph_mode mode)
{
    return (struct knobs){.seq_len = seq_len, .max_capture_seq = most, .graph_mode = mode};
}

static void check(struct graph_plan (*plan_of)(const struct knobs *), struct knobs knobs,
                  uint32_t pieces, uint32_t steps)
{
    const struct graph_plan plan = plan_of(&knobs);
    cr_assert_eq(plan.pieces, pieces, "%u pieces, not %u", plan.pieces, pieces);
    cr_assert_eq(plan.steps, steps, "%u steps, not %u", plan.steps, steps);
}

Test(graph_plan, auto_captures_all_of_a_short_decode)
{
    struct knobs knobs = with(32, KNOB_AUTO, GRAPH_MODE_FULL);
    cr_assert_eq(graph_capture_most(&knobs), 32);
    knobs.seq_len = 65536;
    cr_assert_eq(graph_capture_most(&knobs), 2048);
    knobs.max_capture_seq = 4096;
    cr_assert_eq(graph_capture_most(&knobs), 4096);
}

Test(graph_plan, a_chain_is_cut_evenly)
{
    check(graph_plan_chain, with(32, KNOB_AUTO, GRAPH_MODE_FULL), 1, 32);
    check(graph_plan_chain, with(65536, KNOB_AUTO, GRAPH_MODE_FULL), 32, 2048);
    check(graph_plan_chain, with(100, 64, GRAPH_MODE_FULL), 2, 50);
    check(graph_plan_chain, with(32, 1, GRAPH_MODE_FULL), 32, 1);
    check(graph_plan_chain, with(1, 65536, GRAPH_MODE_FULL), 1, 1);
}

Test(graph_plan, modes_of_a_decode)
{
    check(graph_plan_decode, with(32, KNOB_AUTO, GRAPH_MODE_FULL_AND_PIECEWISE), 1, 32);
    check(graph_plan_decode, with(4096, KNOB_AUTO, GRAPH_MODE_FULL_AND_PIECEWISE), 2, 2048);
    check(graph_plan_decode, with(4096, KNOB_AUTO, GRAPH_MODE_FULL), 1, 4096);
    check(graph_plan_decode, with(32, KNOB_AUTO, GRAPH_MODE_PIECEWISE), 2, 16);
    check(graph_plan_decode, with(1, KNOB_AUTO, GRAPH_MODE_PIECEWISE), 1, 1);
}

/* For example, 4 pieces of 5 steps have 2 steps each, so only 3 pieces are needed. */
Test(graph_plan, no_piece_is_idle)
{
    check(graph_plan_decode, with(5, 2, GRAPH_MODE_PIECEWISE), 3, 2);
    for (int64_t seq_len = 1; seq_len <= 300; seq_len++) {
        for (int64_t most = 1; most <= 300; most++) {
            for (int mode = GRAPH_MODE_FULL; mode <= GRAPH_MODE_FULL_AND_PIECEWISE; mode++) {
                const struct knobs knobs = with(seq_len, most, (enum graph_mode)mode);
                const struct graph_plan plans[] = {graph_plan_chain(&knobs),
                                                   graph_plan_decode(&knobs)};
                for (int i = 0; i < 2; i++) {
                    const int64_t steps = plans[i].steps, pieces = plans[i].pieces;
                    cr_assert(pieces * steps >= seq_len);
                    cr_assert((pieces - 1) * steps < seq_len);
                    if (i == 0 || mode != GRAPH_MODE_FULL)
                        cr_assert(steps <= most);
                    if (i == 1 && mode == GRAPH_MODE_PIECEWISE)
                        cr_assert(pieces >= 2 || seq_len == 1);
                }
            }
        }
    }
}
