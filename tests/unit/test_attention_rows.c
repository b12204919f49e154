#include "../../kernels/attention_rows.h"
#include "unit.h"

static const enum data_type types[] = {DTYPE_BF16, DTYPE_FP16, DTYPE_FP32};

/* Rows generated together have the same bits as rows generated one by one: in a copy's own rows, in
 * appended rows, and across their boundary. */
Test(attention_rows, equal_to_rows_generated_one_by_one)
{
    enum { ROWS = 37 };
    static float many[ROWS * ATTENTION_HEAD_DIM_MOST], one[ATTENTION_HEAD_DIM_MOST];
    for (size_t i = 0; i < 3; i++)
        for (uint32_t head_dim = 64; head_dim <= 128; head_dim += 64)
            for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
                const struct attention_shape shape = {.seed = UINT64_C(0x123456789A),
                                                      .batch = 3,
                                                      .seq_len = 40,
                                                      .context = 50,
                                                      .heads = 8,
                                                      .kv_heads = 2,
                                                      .head_dim = head_dim,
                                                      .copies = 5,
                                                      .type = types[i]};
                attention_make_rows(&shape, side, 4, 2, 1, 31, ROWS, many);
                for (uint32_t row = 0; row < ROWS; row++) {
                    attention_cache_row(&shape, side, 4, 2, 1, 31 + row, one);
                    cr_assert_eq(memcmp(one, many + (size_t)row * head_dim, head_dim * sizeof *one),
                                 0, "type %d, HEAD_DIM %u, row %u", (int)types[i], head_dim, row);
                }
            }
}

Test(attention_rows, stored_and_loaded)
{
    static const float values[] = {0, -0.0f, 1, -0.5f, 1.0f / 3, 1e-7f, 60000, -2.25f};
    enum { COUNT = sizeof values / sizeof values[0] };
    for (size_t i = 0; i < 3; i++) {
        uint32_t stored[COUNT];
        float loaded[COUNT];
        attention_store(types[i], values, COUNT, stored);
        attention_load(types[i], stored, COUNT, loaded);
        for (size_t j = 0; j < COUNT; j++)
            cr_assert_eq(loaded[j], attention_round(types[i], values[j]));
    }
}
