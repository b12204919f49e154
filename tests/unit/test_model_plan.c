#include "../../kernels/model_checkpoint.h"
#include "../../kernels/plan/gpu_memory.h"
#include "../../src/engine/knobs.h"
#include "capacity.h"
#include "model_flow.h"

static const uint32_t sms[] = {60, 78, 108, 114, 132, 148};
static const enum model_id models[] = {MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct model_shape shape_of(enum model_id id, uint32_t layers, uint32_t batch)
{
    const struct model_config *config = model_config_of(id);
    return (struct model_shape){
        .config = *config,
        .seed = 1,
        .layers = layers < config->layers ? layers : config->layers,
        .batch = batch,
        .context = 700,
        .seq_len = 32,
    };
}

/* ---- shares ---------------------------------------------------------------------------------- */

static void check_shares(const struct gpu_model *m, uint32_t phase, uint32_t programs)
{
    const uint32_t blocks = model_blocks_of(m, phase), unit = phase == PHASE_GATE_UP ? 2 : 1;
    uint32_t next = 0, least = UINT32_MAX, most = 0;
    for (uint32_t p = 0; p < programs; p++) {
        const struct model_share share = model_share_of(m, phase, programs, p);
        cr_assert_eq(share.first, next, "phase %u, program %u of %u", phase, p, programs);
        cr_assert_eq(share.first % unit, 0, "a gate's row block and its up's are apart");
        cr_assert_eq(share.count % unit, 0);
        next = share.first + share.count;
        least = share.count < least ? share.count : least;
        most = share.count > most ? share.count : most;
    }
    cr_assert_eq(next, blocks, "phase %u: %u of %u row blocks", phase, next, blocks);
    cr_assert_leq(most - least, unit, "phase %u: shares of %u and %u", phase, least, most);
}

Test(model_plan, shares_partition_every_phase)
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

/* The rows of each matrix are whole row blocks, and together all rows of the tensors. */
Test(model_plan, row_blocks_are_the_rows_of_the_tensors)
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

/* Three layers: the first, one between, and the last. Four steps: each parity twice. */
Test(model_plan, every_word_is_written_before_it_is_read)
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

Test(model_plan, no_order_makes_programs_wait_for_each_other)
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

Test(model_plan, a_single_layer_and_all_layers_flow)
{
    for (size_t i = 0; i < COUNT(models); i++) {
        const struct model_shape one = shape_of(models[i], 1, 2);
        const struct model_shape all = shape_of(models[i], MODEL_LAYERS_MOST, 1);
        check_flow(&one, 2, 132, 5, FLOW_LAST);
        check_flow(&all, 16, 132, 2, FLOW_LAST);
    }
}

/* Each part of the protocol is needed: without it, the simulation finds the fault. */
Test(model_plan, the_flow_needs_parity_resets_and_the_barrier)
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

/* The regions in the order of the layout; what each holds by the shape alone. Returns the bytes of
 * all weights. */
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
         sets * batch * config->heads * splits * (dim + 2) * sizeof(float)},
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
        cr_assert_leq(regions[i].at + regions[i].bytes, end, "%s is cut", regions[i].name);
        sum += regions[i].bytes;
    }
    cr_assert_lt(layout.total - sum, REGIONS * 512 + 2 * 128 * 16, "memory is wasted");
    cr_assert_eq(layout.zeroed, layout.best);
    cr_assert_eq(layout.words, layout.x);
    cr_assert_eq(layout.zeroed + layout.zeroed_bytes, layout.words);
    cr_assert_eq(layout.words + layout.words_bytes, layout.normed);
    cr_assert_eq(layout.words_bytes % sizeof(uint32_t), 0);
}

/* A checkpoint whose sizes are odd where they may be. */
static struct model_shape odd_shape(void)
{
    struct model_shape shape = shape_of(MODEL_TINY, 3, 1);
    shape.config.heads = 9;
    shape.config.kv_heads = 3;
    shape.config.head_dim = 64;
    shape.config.hidden = 576;
    shape.config.mlp = 96;
    shape.config.vocabulary = 104;
    shape.config.tied = false;
    shape.config.qk_norm = true;
    return shape;
}

Test(model_plan, tensors_do_not_overlap)
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
        check_flow(&shape, splits, 78, 3, FLOW_LAST);
    }
}

/* Kernels read 16 bytes of partials at once, in every set. */
Test(model_plan, partials_of_every_set_are_aligned)
{
    for (uint32_t heads = 1; heads < 16; heads++)
        for (uint32_t splits = 1; splits < 16; splits++)
            for (uint32_t dim = 32; dim <= 128; dim *= 2) {
                const uint64_t words = model_partial_words(1, heads, dim, splits);
                cr_assert_eq(words * sizeof(uint32_t) % 16, 0);
                cr_assert_geq(words, (uint64_t)heads * splits * (dim + 2));
                cr_assert_lt(words, (uint64_t)heads * splits * (dim + 2) + 4);
            }
}

/* A row block's last group may reach beyond the last matrix: there are other weights, or zeros. */
Test(model_plan, behind_every_matrix_is_a_group_of_numbers)
{
    const struct model_shape odd = odd_shape(), tiny = shape_of(MODEL_TINY, 1, 1);
    const struct model_shape *const shapes[] = {&odd, &tiny};
    for (size_t i = 0; i < COUNT(shapes); i++) {
        const struct model_layout layout = model_lay_out(shapes[i], 2, 132, false);
        const struct model_config *config = &shapes[i]->config;
        const uint64_t down = shapes[i]->layers * bytes_of(config, MODEL_WDOWN);
        cr_assert_eq(layout.down + down, layout.beyond, "a gap between weights and zeros");
        cr_assert_geq(layout.attention_norm - layout.beyond, MODEL_GROUP_BYTES);
        cr_assert_eq(layout.gate_up + 2 * shapes[i]->layers * bytes_of(config, MODEL_WUP),
                     layout.down);
        cr_assert_eq(layout.out + shapes[i]->layers * bytes_of(config, MODEL_WO), layout.gate_up);
        cr_assert_lt(layout.embedding, layout.head + 1);
        cr_assert_lt(layout.head, layout.qkv + 1);
        cr_assert_lt(layout.qkv, layout.out);
    }
}

/* Eight query heads, or rows of x, of a program are in shared memory; whatever the share. */
Test(model_plan, own_rows_of_every_program_fit)
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

/* ---- plans ----------------------------------------------------------------------------------- */

static const struct capacity_kernel plain_kernel = {.registers = 128};
static const struct capacity_kernel phased_kernel = {.registers = 160};
static const void *plain[MODEL_KERNELS], *phased[MODEL_KERNELS];

static const struct model_kernel kernels[] = {
    {.name = "launches", .kernels = plain, .capability = 80},
    {.name = "overlaps", .kernels = plain, .overlaps = true, .capability = 90},
    {.name = "persistent",
     .kernels = plain,
     .phased = phased,
     .persistent = true,
     .capability = 80},
    {.name = "ring",
     .kernels = plain,
     .phased = phased,
     .persistent = true,
     .ring = true,
     .capability = 90},
};

enum { LAUNCHES, OVERLAPS, PERSISTENT, RING };

static void fill_kernels(void)
{
    for (size_t i = 0; i < MODEL_KERNELS; i++) {
        plain[i] = &plain_kernel;
        phased[i] = &phased_kernel;
    }
}

TestSuite(model_planner, .init = fill_kernels);

static struct knobs defaults(void)
{
    struct knob_settings settings;
    knobs_reset(&settings);
    settings.knobs.batch = 1;
    return settings.knobs;
}

/* As variant_plan does: `used` begins as the user's knobs. */
static bool make(int kernel, const struct knobs *knobs, const struct capacity_fixture *gpu,
                 struct plan *plan, struct error *error)
{
    *error = (struct error){0};
    memset(plan, 0, sizeof *plan);
    plan->used = *knobs;
    return model_plan(&kernels[kernel], knobs, &gpu->device, &gpu->capacity, plan, error);
}

static struct plan must_make(int kernel, const struct knobs *knobs,
                             const struct capacity_fixture *gpu)
{
    struct plan plan;
    struct error error;
    cr_assert(make(kernel, knobs, gpu, &plan, &error), "%s on %s: %s", kernels[kernel].name,
              gpu->name, error.text);
    return plan;
}

static void check_refused(int kernel, const struct knobs *knobs, const struct capacity_fixture *gpu,
                          const char *text)
{
    struct plan plan;
    struct error error;
    cr_assert_not(make(kernel, knobs, gpu, &plan, &error));
    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
    cr_assert_str_eq(error.text, text);
}

static void judge(int kernel, const struct knobs *knobs, const struct capacity_fixture *gpu,
                  const struct plan *plan)
{
    const struct knobs *used = &plan->used;
    const struct model_shape shape = model_shape_of(used);
    const uint32_t fixed = model_act_bytes(&shape) + model_sums_bytes(shape.batch);
    const uint32_t pairs = shape.batch * shape.config.kv_heads;
    capacity_check(gpu, plan);
    cr_assert_leq(plan->shared_bytes, gpu->device.shared_bytes);
    cr_assert_neq(used->model, KNOB_AUTO);
    cr_assert_neq(used->layers, KNOB_AUTO);
    cr_assert_eq(plan->ctas, gpu->device.units, "one CTA per SM");
    cr_assert_eq(plan->warps, MODEL_WARPS);
    cr_assert_eq(plan->cluster, 1);
    cr_assert_eq(plan->cooperative, kernels[kernel].persistent);
    cr_assert_eq(plan->programs, kernels[kernel].persistent ? plan->ctas : 1);
    cr_assert_eq(plan->phased != NULL, kernels[kernel].phased && used->phases);
    cr_assert_eq(used->splits, plan->splits);
    cr_assert(plan->splits >= 1 && plan->splits <= model_rows(&shape));
    if (knobs->splits == 0 && plan->splits > 1)
        cr_assert_leq(plan->splits * pairs, plan->ctas, "splits without a program");
    cr_assert_eq(plan->work_bytes,
                 model_lay_out(&shape, plan->splits, plan->ctas, kernels[kernel].ring).total);
    cr_assert_leq(plan->work_bytes + gpu_stamp_bytes(used, plan->programs, shape.seq_len),
                  gpu->device.memory_free_bytes / 10 * 9);
    if (!kernels[kernel].ring) {
        cr_assert_eq(plan->threads, 32 * MODEL_WARPS);
        cr_assert_gt(plan->shared_bytes, fixed + 5 * MODEL_GROUP_BYTES);
        return;
    }
    cr_assert_eq(plan->threads, 32 * (MODEL_WARPS + 1));
    cr_assert_eq(plan->stages, used->weight_stages);
    cr_assert(plan->stages >= 2 && plan->stages <= 32);
    cr_assert(used->stage_bytes >= MODEL_GROUP_BYTES && used->stage_bytes % MODEL_GROUP_BYTES == 0);
    cr_assert(used->loads_in_flight >= 1 && used->loads_in_flight <= used->weight_stages);
    cr_assert_geq(plan->shared_bytes,
                  fixed + model_own_bytes(&shape, plan->ctas) + MODEL_SMALL_BYTES +
                      plan->stages * ((uint32_t)used->stage_bytes + 2 * sizeof(uint64_t)));
    for (enum knob_id id = KNOB_WEIGHT_STAGES; id <= KNOB_LOADS_IN_FLIGHT; id++)
        cr_assert(knob_valid(id, used->value[id]) && used->value[id] != KNOB_AUTO);
    if (knobs->weight_stages != KNOB_AUTO)
        cr_assert_eq(used->weight_stages, knobs->weight_stages);
    else if (plan->stages < 32)
        cr_assert_gt(plan->shared_bytes + used->stage_bytes + 2 * sizeof(uint64_t),
                     gpu->device.shared_bytes, "another stage would fit");
}

static int64_t pick(uint64_t *random, const int64_t *values, size_t count)
{
    return values[random_below(random, count)];
}
#define PICK(random, ...)                                                                          \
    pick(random, (const int64_t[]){__VA_ARGS__}, COUNT(((const int64_t[]){__VA_ARGS__})))

static struct knobs draw(uint64_t *random)
{
    struct knobs knobs = defaults();
    knobs.model = PICK(random, KNOB_AUTO, MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B);
    knobs.layers = PICK(random, KNOB_AUTO, 1, 2, 4);
    knobs.batch = PICK(random, 1, 1, 2, 3, 5, 8);
    knobs.context = PICK(random, 0, 1, 255, 1024, 8192);
    knobs.seq_len = PICK(random, 1, 2, 32, 512);
    knobs.splits = PICK(random, 0, 0, 1, 3, 256);
    knobs.phases = PICK(random, 0, 1);
    knobs.weight_stages = PICK(random, KNOB_AUTO, KNOB_AUTO, 2, 5, 32);
    knobs.stage_bytes = PICK(random, KNOB_AUTO, 16384, 32768, 65536);
    knobs.loads_in_flight = PICK(random, KNOB_AUTO, 1, 8, 32);
    return knobs;
}

Test(model_planner, plans_fit_their_device_and_are_made_again)
{
    uint64_t random = 11;
    uint32_t made[CAPACITY_NAMES] = {0};
    for (int i = 0; i < 600; i++) {
        const struct knobs knobs = draw(&random);
        for (int name = 0; name < CAPACITY_NAMES; name++)
            for (int kernel = LAUNCHES; kernel <= RING; kernel++) {
                struct capacity_fixture gpu = capacity_gpu((enum capacity_name)name);
                struct plan plan;
                struct error error;
                if (!make(kernel, &knobs, &gpu, &plan, &error)) {
                    cr_assert_eq(error.kind, ERROR_UNSUPPORTED);
                    cr_assert_gt(strlen(error.text), 20, "%s", error.text);
                    continue;
                }
                made[name]++;
                judge(kernel, &knobs, &gpu, &plan);
                struct plan again = must_make(kernel, &knobs, &gpu);
                cr_assert_eq(memcmp(&plan, &again, sizeof plan), 0, "another plan");
                again = must_make(kernel, &plan.used, &gpu);
                cr_assert_eq(memcmp(&plan, &again, sizeof plan), 0, "another plan of its knobs");
            }
    }
    for (int name = 0; name < CAPACITY_NAMES; name++)
        cr_assert(made[name] > 300 || name == CAPACITY_LAPTOP, "%s: only %u plans",
                  capacity_gpu((enum capacity_name)name).name, made[name]);
}

Test(model_planner, auto_is_llama_with_all_layers_and_a_full_ring)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    const struct knobs knobs = defaults();
    const struct plan plan = must_make(RING, &knobs, &gpu);
    cr_assert_eq(plan.used.model, MODEL_LLAMA_1B);
    cr_assert_eq(plan.used.layers, 16);
    cr_assert_eq(plan.used.stage_bytes, 16384);
    cr_assert_eq(plan.used.loads_in_flight, 3);
    cr_assert_eq(plan.stages, 12);
    cr_assert_eq(plan.splits, 5, "1,056 rows in parts of at least 256");
    cr_assert_eq(plan.ctas, 132);
}

Test(model_planner, loads_in_flight_are_at_most_the_stages)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    struct knobs knobs = defaults();
    knobs.loads_in_flight = 32;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 12);
    knobs.weight_stages = 2;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 2);
    knobs.loads_in_flight = KNOB_AUTO;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 2);
    knobs.loads_in_flight = 1;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.loads_in_flight, 1);
}

Test(model_planner, splits_fill_the_device_and_never_exceed_the_rows)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    knobs.context = 8192;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 16, "of 132 programs for 8 pairs");
    knobs.batch = 4;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 4);
    knobs.model = MODEL_TINY;
    knobs.batch = 8;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 8);
    knobs.context = 0;
    knobs.seq_len = 1;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 1);
    knobs.splits = 256;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 1, "a single row");
    knobs.seq_len = 7;
    cr_assert_eq(must_make(LAUNCHES, &knobs, &gpu).splits, 7);
}

/* ---- sentences ------------------------------------------------------------------------------- */

Test(model_planner, what_cannot_run_is_named)
{
    struct capacity_fixture a100 = capacity_gpu(CAPACITY_A100);
    const struct capacity_fixture laptop = capacity_gpu(CAPACITY_LAPTOP);
    const struct capacity_fixture h100 = capacity_gpu(CAPACITY_H100);
    struct knobs knobs = defaults();
    check_refused(RING, &knobs, &a100, "ring needs compute capability 9.0; this GPU has 8.0");
    check_refused(OVERLAPS, &knobs, &laptop,
                  "overlaps needs compute capability 9.0; this GPU has 8.9");
    a100.device.cooperative = false;
    check_refused(PERSISTENT, &knobs, &a100,
                  "persistent needs cooperative launches, which this device lacks");
    must_make(LAUNCHES, &knobs, &a100);
    check_refused(LAUNCHES, &knobs, &laptop,
                  "launches: a CTA of 256 threads with 152704 bytes of shared memory does not fit "
                  "on this GPU; a smaller BATCH needs less");
    knobs.weight_stages = 13;
    check_refused(RING, &knobs, &h100,
                  "ring: 13 stages of 16384 bytes do not fit; 210688 bytes of shared memory are "
                  "left, enough for 12: lower WEIGHT_STAGES, STAGE_BYTES or BATCH");
    knobs = defaults();
    knobs.batch = 8;
    knobs.stage_bytes = 65536;
    check_refused(RING, &knobs, &h100,
                  "ring: 2 stages of 65536 bytes do not fit; 91136 bytes of shared memory are "
                  "left, enough for 1: lower WEIGHT_STAGES, STAGE_BYTES or BATCH");
    knobs = defaults();
    knobs.layers = 17;
    check_refused(RING, &knobs, &h100, "LAYERS 17 is out of range: llama-1b has 16 layers");
    knobs = defaults();
    knobs.batch = 9;
    check_refused(RING, &knobs, &h100, "BATCH 9 is out of range: a model decodes 1 to 8 sequences");
}

Test(model_planner, heads_of_96_elements_are_refused)
{
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H100);
    struct model_checkpoint checkpoint = {.config = *model_config_of(MODEL_TINY)};
    const struct knobs knobs = defaults();
    checkpoint.config.head_dim = 96;
    model_checkpoint_use(&checkpoint);
    for (int kernel = LAUNCHES; kernel <= RING; kernel++)
        check_refused(kernel, &knobs, &gpu,
                      "heads of 96 elements: GPU variants of model accept 32, 64 or 128");
    checkpoint.config.head_dim = 128;
    cr_assert_eq(must_make(RING, &knobs, &gpu).used.model, MODEL_CHECKPOINT);
    model_checkpoint_use(NULL);
}

Test(model_planner, less_memory_is_refused_with_what_is_needed)
{
    const struct knobs knobs = defaults();
    for (int kernel = LAUNCHES; kernel <= RING; kernel++) {
        struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
        const struct plan plan = must_make(kernel, &knobs, &gpu);
        const uint64_t bytes = plan.work_bytes + gpu_stamp_bytes(&plan.used, plan.programs, 32);
        struct plan ignored;
        struct error error;
        char text[64];
        gpu.device.memory_free_bytes = (bytes + 8) / 9 * 10;
        must_make(kernel, &knobs, &gpu);
        gpu.device.memory_free_bytes = (bytes - 1) / 9 * 10;
        cr_assert_not(make(kernel, &knobs, &gpu, &ignored, &error));
        snprintf(text, sizeof text, "needs %llu bytes of GPU memory", (unsigned long long)bytes);
        cr_assert_not_null(strstr(error.text, text), "%s", error.text);
        cr_assert_not_null(strstr(error.text, "BATCH 1, CONTEXT 1024, SEQ_LEN 32"), "%s",
                           error.text);
    }
}

/* With phases another kernel is launched, of the same head dimension. */
Test(model_planner, kernels_are_those_of_the_head_dimension)
{
    static const struct capacity_kernel own[MODEL_KERNELS] = {
        {.registers = 64}, {.registers = 65}, {.registers = 66}};
    static const enum model_id ids[MODEL_KERNELS] = {MODEL_TINY, MODEL_LLAMA_1B, MODEL_QWEN3_0_6B};
    const struct capacity_fixture gpu = capacity_gpu(CAPACITY_H200);
    struct knobs knobs = defaults();
    for (size_t i = 0; i < MODEL_KERNELS; i++)
        plain[i] = &own[i];
    for (size_t i = 0; i < MODEL_KERNELS; i++) {
        knobs.model = ids[i];
        knobs.phases = 0;
        cr_assert_eq(must_make(RING, &knobs, &gpu).kernel, &own[i]);
        cr_assert_null(must_make(RING, &knobs, &gpu).phased);
        knobs.phases = 1;
        cr_assert_eq(must_make(RING, &knobs, &gpu).kernel, &own[i]);
        cr_assert_eq(must_make(RING, &knobs, &gpu).phased, &phased_kernel);
        cr_assert_null(must_make(LAUNCHES, &knobs, &gpu).phased);
    }
}
