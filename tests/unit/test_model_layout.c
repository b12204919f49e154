#include "model_shapes.h"
#include "unit.h"

/* ---- tensors --------------------------------------------------------------------------------- */

struct region {
    const char *name;
    uint64_t at, bytes;
};

#define REGIONS 27

static uint64_t bytes_of(const struct model_config *config, enum model_tensor tensor)
{
    const struct model_size size = model_size_of(config, tensor);
    return (uint64_t)size.rows * size.columns * sizeof(uint16_t);
}

/* Lists the regions in the order of the layout, and the bytes that each needs according to the
 * shape. Returns the bytes of all weights. */
static uint64_t list_regions(const struct model_shape *shape, uint32_t splits, uint32_t programs,
                             bool words, const struct model_layout *layout,
                             struct region regions[REGIONS])
{
    const struct model_config *config = &shape->config;
    const uint64_t layers = shape->layers, batch = shape->batch, dim = config->head_dim;
    const uint64_t steps = batch * shape->seq_len, sets = words ? 2 * layers : 1;
    const uint64_t q_rows = config->heads * dim, rows = q_rows + 2 * config->kv_heads * dim;
    const uint64_t largest =
        config->vocabulary > 2 * config->mlp ? config->vocabulary : 2 * config->mlp;
    const struct region all[] = {
        {"embedding", layout->embedding, bytes_of(config, MODEL_EMBEDDING)},
        {"head", layout->head, bytes_of(config, MODEL_HEAD)},
        {"qkv", layout->qkv,
         layers * (bytes_of(config, MODEL_WQ) + bytes_of(config, MODEL_WK) +
                   bytes_of(config, MODEL_WV))},
        {"out", layout->out, layers * bytes_of(config, MODEL_WO)},
        {"gate_up", layout->gate_up,
         layers * (bytes_of(config, MODEL_WGATE) + bytes_of(config, MODEL_WUP))},
        {"down", layout->down, layers * bytes_of(config, MODEL_WDOWN)},
        {"beyond", layout->beyond, MODEL_GROUP_BYTES},
        {"attention_norm", layout->attention_norm, layers * bytes_of(config, MODEL_ATTENTION_NORM)},
        {"mlp_norm", layout->mlp_norm, layers * bytes_of(config, MODEL_MLP_NORM)},
        {"q_norm", layout->q_norm, layers * bytes_of(config, MODEL_Q_NORM)},
        {"k_norm", layout->k_norm, layers * bytes_of(config, MODEL_K_NORM)},
        {"final_norm", layout->final_norm, bytes_of(config, MODEL_FINAL_NORM)},
        {"rope", layout->rope, shape->seq_len * dim * sizeof(float)},
        {"K", layout->cache[0], model_cache_bytes(shape) / 2},
        {"V", layout->cache[1], model_cache_bytes(shape) / 2},
        {"logits", layout->logits, steps * config->vocabulary * sizeof(float)},
        {"first", layout->first, batch * sizeof(uint32_t)},
        {"best", layout->best, steps * sizeof(uint64_t)},
        {"step", layout->step, 2 * MODEL_COUNTER_LINE * sizeof(uint32_t)},
        {"x", layout->x, sets * 2 * batch * config->hidden * sizeof(float)},
        {"raw", layout->raw, sets * batch * rows * sizeof(float)},
        {"mixed", layout->mixed, sets * batch * q_rows * sizeof(uint16_t)},
        {"partials", layout->partials,
         sets * batch * config->heads * splits * (dim + 4) * sizeof(float)},
        {"inner", layout->inner, sets * batch * config->mlp * sizeof(uint16_t)},
        {"normed", layout->normed, batch * config->hidden * sizeof(uint16_t)},
        {"result", layout->result,
         batch * (largest > config->hidden ? largest : config->hidden) * sizeof(float)},
        {"operations", layout->operations,
         (uint64_t)programs * (5 * layers + 1) * sizeof(struct gpu_operation)},
    };
    uint64_t weights = 0;
    memcpy(regions, all, sizeof all);
    for (size_t i = 0; i < 12; i++)
        weights += strcmp(all[i].name, "beyond") == 0 ? 0 : all[i].bytes;
    return weights;
}

static void check_layout(const struct model_shape *shape, uint32_t splits, uint32_t programs,
                         bool words)
{
    const struct model_layout layout = model_lay_out(shape, splits, programs, words);
    struct region regions[REGIONS];
    const uint64_t weights = list_regions(shape, splits, programs, words, &layout, regions);
    uint64_t sum = 0;
    cr_assert_eq(weights, model_weight_bytes(shape));
    for (size_t i = 0; i < REGIONS; i++) {
        const uint64_t end = i + 1 < REGIONS ? regions[i + 1].at : layout.total;
        cr_assert_eq(regions[i].at % 256, 0, "%s at %llu", regions[i].name,
                     (unsigned long long)regions[i].at);
        cr_assert_leq(regions[i].at + regions[i].bytes, end, "%s overlaps the next region",
                      regions[i].name);
        sum += regions[i].bytes;
    }
    cr_assert_lt(layout.total - sum, REGIONS * 512 + 2 * 128 * 16, "memory is wasted");
    cr_assert_eq(layout.zeroed, layout.best);
    cr_assert_eq(layout.words, layout.x);
    cr_assert_eq(layout.zeroed + layout.zeroed_bytes, layout.words);
    cr_assert_eq(layout.words + layout.words_bytes, layout.normed);
    cr_assert_eq(layout.words_bytes % sizeof(uint32_t), 0);
}

Test(model_layout, regions_do_not_overlap)
{
    for (size_t i = 0; i < COUNT(models); i++)
        for (uint32_t batch = 1; batch <= MODEL_BATCH_MOST; batch++)
            for (uint32_t splits = 1; splits <= 16; splits += 5)
                for (uint32_t layers = 1; layers <= 28; layers += 9) {
                    const struct model_shape shape = shape_of(models[i], layers, batch);
                    check_layout(&shape, splits, 132, false);
                    check_layout(&shape, splits, 132, true);
                }
    for (uint32_t splits = 1; splits < 8; splits++) {
        const struct model_shape shape = odd_shape();
        check_layout(&shape, splits, 78, false);
        check_layout(&shape, splits, 78, true);
    }
}

/* Kernels read 16 bytes of partials at once, in every set. */
Test(model_layout, partials_of_every_set_are_aligned)
{
    for (uint32_t heads = 1; heads < 16; heads++)
        for (uint32_t splits = 1; splits < 16; splits++)
            for (uint32_t dim = 32; dim <= 128; dim *= 2) {
                const uint64_t words = model_partial_words(1, heads, dim, splits);
                cr_assert_eq(words * sizeof(uint32_t) % 16, 0);
                cr_assert_geq(words, (uint64_t)heads * splits * (dim + 2));
            }
}

/* The last group of a row block may reach beyond its matrix, into other weights or into zeros. */
Test(model_layout, behind_every_matrix_there_is_room_for_a_group)
{
    const struct model_shape odd = odd_shape(), tiny = shape_of(MODEL_TINY, 1, 1);
    const struct model_shape *const shapes[] = {&odd, &tiny};
    for (size_t i = 0; i < COUNT(shapes); i++) {
        const struct model_layout layout = model_lay_out(shapes[i], 2, 132, false);
        const struct model_config *config = &shapes[i]->config;
        const uint64_t down = shapes[i]->layers * bytes_of(config, MODEL_WDOWN);
        cr_assert_eq(layout.down + down, layout.beyond,
                     "there is a gap between the weights and the zeros");
        cr_assert_geq(layout.attention_norm - layout.beyond, MODEL_GROUP_BYTES);
        cr_assert_eq(layout.gate_up + 2 * shapes[i]->layers * bytes_of(config, MODEL_WUP),
                     layout.down);
        cr_assert_eq(layout.out + shapes[i]->layers * bytes_of(config, MODEL_WO), layout.gate_up);
        cr_assert_lt(layout.embedding, layout.head + 1);
        cr_assert_lt(layout.head, layout.qkv + 1);
        cr_assert_lt(layout.qkv, layout.out);
    }
}

/* The rows of x that a program owns fit in its shared memory, whatever its share. */
Test(model_layout, the_rows_of_every_program_fit_in_shared_memory)
{
    for (size_t s = 0; s < COUNT(sms); s++)
        for (size_t i = 0; i < COUNT(models); i++)
            for (uint32_t batch = 1; batch <= MODEL_BATCH_MOST; batch++) {
                const struct model_shape shape = shape_of(models[i], 1, batch);
                const struct gpu_model m = model_sizes_of(&shape, 1, true);
                const uint32_t bytes = model_own_bytes(&shape, sms[s]);
                cr_assert_eq(bytes % 128, 0);
                cr_assert_eq(model_act_bytes(&shape) % 128, 0);
                for (uint32_t phase = 0; phase < MODEL_PHASES; phase++)
                    if (phase != PHASE_ATTENTION)
                        cr_assert_geq(model_act_bytes(&shape),
                                      batch * model_act_stride(model_columns_of(&m, phase)));
                for (uint32_t p = 0; p < sms[s]; p++)
                    cr_assert_geq(bytes, model_share_of(&m, PHASE_DOWN, sms[s], p).count *
                                             MODEL_TILE_ROWS * batch * sizeof(float));
            }
}
