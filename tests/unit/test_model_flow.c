#include "model_flow.h"
#include "model_shapes.h"

/* ---- shares ---------------------------------------------------------------------------------- */

static void check_shares(const struct gpu_model *m, uint32_t phase, uint32_t programs)
{
    const uint32_t blocks = model_blocks_of(m, phase), unit = phase == PHASE_GATE_UP ? 2 : 1;
    uint32_t next = 0, least = UINT32_MAX, most = 0;
    for (uint32_t p = 0; p < programs; p++) {
        const struct model_share share = model_share_of(m, phase, programs, p);
        cr_assert_eq(share.first, next, "phase %u, program %u of %u", phase, p, programs);
        cr_assert_eq(share.first % unit, 0,
                     "the row blocks of a gate and of its up are in different programs");
        cr_assert_eq(share.count % unit, 0);
        next = share.first + share.count;
        least = share.count < least ? share.count : least;
        most = share.count > most ? share.count : most;
    }
    cr_assert_eq(next, blocks, "phase %u: %u of %u row blocks", phase, next, blocks);
    cr_assert_leq(most - least, unit, "phase %u: shares of %u and %u", phase, least, most);
}

Test(model_flow, shares_partition_every_phase)
{
    for (size_t s = 0; s < COUNT(sms); s++)
        for (size_t i = 0; i < COUNT(models); i++)
            for (uint32_t batch = 1; batch <= MODEL_BATCH_MOST; batch++)
                for (uint32_t splits = 1; splits <= 17; splits += 4) {
                    const struct model_shape shape = shape_of(models[i], 2, batch);
                    const struct gpu_model m = model_sizes_of(&shape, splits, true);
                    for (uint32_t phase = 0; phase < MODEL_PHASES; phase++)
                        check_shares(&m, phase, sms[s]);
                }
}

/* The row blocks of a phase have all rows of its tensors. */
Test(model_flow, row_blocks_are_the_rows_of_the_tensors)
{
    for (size_t i = 0; i < COUNT(models); i++) {
        const struct model_shape shape = shape_of(models[i], 1, 3);
        const struct model_config *config = &shape.config;
        const struct gpu_model m = model_sizes_of(&shape, 5, true);
        const enum model_tensor tensors[MODEL_PHASES][3] = {
            [PHASE_QKV] = {MODEL_WQ, MODEL_WK, MODEL_WV},
            [PHASE_OUT] = {MODEL_WO, MODEL_TENSORS, MODEL_TENSORS},
            [PHASE_GATE_UP] = {MODEL_WGATE, MODEL_WUP, MODEL_TENSORS},
            [PHASE_DOWN] = {MODEL_WDOWN, MODEL_TENSORS, MODEL_TENSORS},
            [PHASE_HEAD] = {model_head_of(config), MODEL_TENSORS, MODEL_TENSORS},
        };
        for (uint32_t phase = 0; phase < MODEL_PHASES; phase++) {
            uint32_t rows = 0;
            if (phase == PHASE_ATTENTION)
                continue;
            for (size_t j = 0; j < 3; j++)
                rows += model_size_of(config, tensors[phase][j]).rows;
            cr_assert_eq(model_blocks_of(&m, phase) * MODEL_TILE_ROWS, rows);
            cr_assert_eq(model_columns_of(&m, phase),
                         model_size_of(config, tensors[phase][0]).columns);
        }
        cr_assert_eq(model_blocks_of(&m, PHASE_ATTENTION), 3 * config->kv_heads * 5);
    }
}

/* ---- a step as data flow --------------------------------------------------------------------- */

static const char *flow_of(const struct model_shape *shape, uint32_t splits, uint32_t programs,
                           uint32_t steps, enum flow_order order, enum flow_fault left_out)
{
    struct flow flow;
    flow_open(&flow, shape, splits, programs);
    flow.left_out = left_out;
    const char *fault = flow_run(&flow, steps, order, 7);
    flow_close(&flow);
    return fault;
}

static void check_flow(const struct model_shape *shape, uint32_t splits, uint32_t programs,
                       uint32_t steps, enum flow_order order)
{
    const char *fault = flow_of(shape, splits, programs, steps, order, FLOW_RIGHT);
    cr_assert_null(fault, "hidden %u, BATCH %u, SPLITS %u, %u programs, order %d: %s",
                   shape->config.hidden, shape->batch, splits, programs, order, fault);
}

/* Three layers: the first, a middle one, and the last. Four steps: each parity twice. */
Test(model_flow, every_word_is_written_before_it_is_read)
{
    uint32_t turn = 0;
    for (size_t s = 0; s < COUNT(sms); s++)
        for (size_t i = 0; i < COUNT(models); i++)
            for (uint32_t batch = 1; batch <= MODEL_BATCH_MOST; batch++, turn++) {
                const struct model_shape shape = shape_of(models[i], 3, batch);
                check_flow(&shape, turn / 5 % 3 == 0 ? 1 : 1 + batch % 4, sms[s], 4,
                           (enum flow_order)(turn % FLOW_ORDERS));
            }
}

Test(model_flow, no_order_makes_programs_wait_for_each_other)
{
    static const uint32_t programs[] = {1, 2, 16, 132};
    for (size_t i = 0; i < COUNT(models); i++)
        for (size_t p = 0; p < COUNT(programs); p++)
            for (int order = 0; order < FLOW_ORDERS; order++)
                for (uint32_t splits = 1; splits <= 4; splits += 3) {
                    const struct model_shape shape = shape_of(models[i], 2, 1);
                    check_flow(&shape, splits, programs[p], 3, (enum flow_order)order);
                }
}

Test(model_flow, a_single_layer_and_all_layers_flow)
{
    for (size_t i = 0; i < COUNT(models); i++) {
        const struct model_shape one = shape_of(models[i], 1, 2);
        const struct model_shape all = shape_of(models[i], MODEL_LAYERS_MOST, 1);
        check_flow(&one, 2, 132, 5, FLOW_LAST);
        check_flow(&all, 16, 132, 2, FLOW_LAST);
    }
}

Test(model_flow, a_checkpoint_of_odd_sizes_flows)
{
    const struct model_shape shape = odd_shape();
    for (uint32_t splits = 1; splits < 8; splits++)
        check_flow(&shape, splits, 78, 3, FLOW_LAST);
}

/* If any one part of the protocol is missing, the simulation finds a fault. */
Test(model_flow, the_flow_needs_parity_resets_and_the_barrier)
{
    const struct model_shape shape = shape_of(MODEL_TINY, 2, 1);
    const char *parity = flow_of(&shape, 2, 16, 3, FLOW_FIRST, FLOW_NO_PARITY);
    const char *reset = flow_of(&shape, 2, 16, 3, FLOW_FIRST, FLOW_NO_RESET);
    const char *barrier = flow_of(&shape, 2, 16, 3, FLOW_LAST_FAR, FLOW_NO_BARRIER);
    cr_assert_not_null(parity);
    cr_assert_not_null(reset);
    cr_assert_not_null(barrier);
    cr_assert_str_eq(barrier, "a word is reset while a program may still read it");
}
