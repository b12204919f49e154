#include "../../kernels/attention.h"
#include "../../kernels/clock.h"
#include "part.h"

TestSuite(reference_attention);

/* How a step is computed: correctly, or with one mistake, which the reference must find. */
enum form {
    HONEST,      /* fp32 */
    TENSOR_CORE, /* rounds the scaled query and the weights to DTYPE, which is allowed */
    UNCHAINED,
    STALE_CHAIN, /* takes the output of step t - 2 */
    DROPS_FIRST,
    DROPS_LAST, /* the last row of the context */
    DROPS_OWN,  /* the row that the step itself appends */
    DROPS_APPENDED,
    DROPS_TILE_ENDS,   /* the last row of every 64 */
    DROPS_SPLIT_BEGIN, /* a single row in the middle */
    WRONG_COPY,        /* always copy 0 */
    WRONG_KV_HEAD,
    UNSCALED,
    NEVER_APPENDS, /* reads zeros instead of a row appended to a later copy */
    EQUAL_LENGTHS, /* assumes that every sequence has CONTEXT rows */
    FORMS
};

static const char *const names[FORMS] = {
    "honest",     "tensor core",    "unchained",      "stale chain",     "drops first",
    "drops last", "drops own",      "drops appended", "drops tile ends", "drops split begin",
    "wrong copy", "wrong K/V head", "unscaled",       "never appends",   "equal lengths",
};

enum { SHAPES = 6, COLUMNS = 8 };
static const enum knob_id columns[COLUMNS] = {KNOB_BATCH,          KNOB_SEQ_LEN,   KNOB_CONTEXT,
                                              KNOB_CONTEXT_SPREAD, KNOB_NUM_HEADS, KNOB_KV_HEADS,
                                              KNOB_HEAD_DIM,       KNOB_COPIES};
static const int64_t shapes[SHAPES][COLUMNS] = {
    {1, 20, 0, 0, 4, 4, 64, 3},   {2, 9, 1, 0, 8, 2, 128, 1},     {1, 12, 257, 0, 10, 2, 64, 5},
    {2, 7, 100, 0, 7, 1, 128, 2}, {1, 33, 300, 0, 16, 2, 64, 32}, {3, 11, 150, 80, 8, 2, 64, 2},
};

/* The knobs that the tests with one shape begin with. */
static const struct knobs usual = {.batch = 1,
                                   .seq_len = 20,
                                   .context = 40,
                                   .num_heads = 4,
                                   .kv_heads = 2,
                                   .head_dim = 64,
                                   .copies = 1,
                                   .seed = 42,
                                   .chain = 1};

static struct knobs knobs_of(size_t shape)
{
    struct knobs knobs = {.seed = 7};
    for (size_t i = 0; i < COLUMNS; i++)
        knobs.value[columns[i]] = shapes[shape][i];
    return knobs;
}

static bool is_dropped(enum form form, uint32_t context, uint32_t t, uint32_t row)
{
    const uint32_t rows = context + t + 1;
    if (rows == 1)
        return false;
    return (form == DROPS_FIRST && row == 0) ||
           (form == DROPS_LAST && context > 0 && row == context - 1) ||
           (form == DROPS_OWN && row == rows - 1) ||
           (form == DROPS_APPENDED && t > 0 && row == context) ||
           (form == DROPS_TILE_ENDS && row % 64 == 63) ||
           (form == DROPS_SPLIT_BEGIN && row == rows / 2 / 16 * 16);
}

/* Whether the mistake changes anything in this shape. */
static bool matters(const struct attention_shape *shape, enum form form)
{
    return (form != DROPS_LAST || shape->context > 0) &&
           (form != DROPS_TILE_ENDS || shape->context >= 64) &&
           (form != WRONG_COPY || (shape->copies > 1 && shape->context > 0)) &&
           (form != NEVER_APPENDS || shape->copies > 1) &&
           (form != EQUAL_LENGTHS || shape->reach > 0) &&
           (form != WRONG_KV_HEAD || shape->kv_heads > 1);
}

static void make_query(const struct attention_shape *shape, enum form form, uint32_t b, uint32_t t,
                       uint32_t head, const float *rows, float *query)
{
    const uint32_t head_dim = shape->head_dim, back = form == STALE_CHAIN ? 2 : 1;
    attention_query_row(shape, b, t, head, query);
    if (shape->chain && t >= back && form != UNCHAINED) {
        const float *before = rows - (size_t)back * head_dim;
        float squares = 0;
        for (uint32_t d = 0; d < head_dim; d++)
            squares += before[d] * before[d];
        for (uint32_t d = 0; d < head_dim; d++)
            query[d] += before[d] * 0.5f / sqrtf(squares / (float)head_dim);
    }
    for (uint32_t d = 0; d < head_dim; d++) {
        if (form != UNSCALED)
            query[d] /= sqrtf((float)head_dim);
        if (form == TENSOR_CORE)
            query[d] = attention_round(shape->type, query[d]);
    }
}

/* The K and V rows of a shape, [copies][batch][kv_heads][rows][head_dim] each. Making them takes
 * far longer than reading them, and each is read by many steps, heads and forms. */
struct cache {
    struct attention_shape shape;
    uint32_t rows;
    float *values[2];
};

static float *cached_row(const struct cache *cache, enum attention_side side, uint32_t copy,
                         uint32_t b, uint32_t kv_head, uint32_t row)
{
    const struct attention_shape *shape = &cache->shape;
    const size_t head = ((size_t)copy * shape->batch + b) * shape->kv_heads + kv_head;
    return cache->values[side] + (head * cache->rows + row) * shape->head_dim;
}

static struct cache open_cache(const struct knobs *knobs)
{
    struct cache cache = {.shape = attention_shape_of(knobs)};
    const struct attention_shape *shape = &cache.shape;
    cache.rows = shape->context;
    for (uint32_t b = 0; b < shape->batch; b++)
        if (attention_context(shape, b) > cache.rows)
            cache.rows = attention_context(shape, b);
    cache.rows += shape->seq_len;
    const size_t heads = (size_t)shape->copies * shape->batch * shape->kv_heads;
    for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
        cache.values[side] = malloc(heads * cache.rows * shape->head_dim * sizeof(float));
        cr_assert_not_null(cache.values[side]);
        for (uint32_t copy = 0; copy < shape->copies; copy++)
            for (uint32_t b = 0; b < shape->batch; b++)
                for (uint32_t g = 0; g < shape->kv_heads; g++)
                    for (uint32_t row = 0; row < cache.rows; row++)
                        attention_cache_row(shape, side, copy, b, g, row,
                                            cached_row(&cache, side, copy, b, g, row));
    }
    return cache;
}

static void close_cache(struct cache *cache)
{
    free(cache->values[ATTENTION_K]);
    free(cache->values[ATTENTION_V]);
}

/* A row as the form reads it. */
static void make_row(const struct cache *cache, enum form form, enum attention_side side,
                     uint32_t b, uint32_t t, uint32_t head, uint32_t row, float *values)
{
    const struct attention_shape *shape = &cache->shape;
    uint32_t kv_head = head / attention_group(shape);
    if (form == WRONG_KV_HEAD)
        kv_head = (kv_head + 1) % shape->kv_heads;
    const uint32_t copy = form == WRONG_COPY ? 0 : t % shape->copies;
    memcpy(values, cached_row(cache, side, copy, b, kv_head, row),
           shape->head_dim * sizeof *values);
    const uint32_t context = attention_context(shape, b);
    if (form == NEVER_APPENDS && row >= context && row - context != t)
        memset(values, 0, shape->head_dim * sizeof *values);
}

static void compute_step(const struct cache *cache, enum form form, uint32_t b, uint32_t t,
                         uint32_t head, float *out)
{
    const struct attention_shape *shape = &cache->shape;
    const uint32_t context = attention_context(shape, b);
    const uint32_t head_dim = shape->head_dim;
    const uint32_t rows = (form == EQUAL_LENGTHS ? shape->context : context) + t + 1;
    float query[ATTENTION_HEAD_DIM_MOST], values[ATTENTION_HEAD_DIM_MOST];
    float sums[ATTENTION_HEAD_DIM_MOST] = {0}, weight = 0, most = -INFINITY;
    float *scores = malloc(rows * sizeof *scores);
    make_query(shape, form, b, t, head, out, query);
    for (uint32_t row = 0; row < rows; row++) {
        make_row(cache, form, ATTENTION_K, b, t, head, row, values);
        scores[row] = 0;
        for (uint32_t d = 0; d < head_dim; d++)
            scores[row] += query[d] * values[d];
        most = fmaxf(most, scores[row]);
    }
    for (uint32_t row = 0; row < rows; row++) {
        if (is_dropped(form, context, t, row))
            continue;
        float share = expf(scores[row] - most);
        weight += share;
        if (form == TENSOR_CORE)
            share = attention_round(shape->type, share);
        make_row(cache, form, ATTENTION_V, b, t, head, row, values);
        for (uint32_t d = 0; d < head_dim; d++)
            sums[d] += share * values[d];
    }
    for (uint32_t d = 0; d < head_dim; d++)
        out[d] = attention_round(shape->type, sums[d] / weight);
    free(scores);
}

/* Computes all parts in this form, and verifies them. */
static struct verification verify_from(const struct cache *cache, const struct knobs *knobs,
                                       enum form form)
{
    const struct attention_shape shape = cache->shape;
    const uint32_t parts = workload_attention.parts(knobs);
    struct verifier_job job = {
        .workload = &workload_attention, .knobs = *knobs, .budget_ns = UINT64_MAX, .count = parts};
    job.parts = malloc(parts * sizeof *job.parts);
    job.rows = malloc(attention_query_offset(&shape, shape.batch, 0, 0) * sizeof *job.rows);
    cr_assert(job.parts != NULL && job.rows != NULL);
    reference_order(42, parts, job.parts);
    float *out = job.rows;
    for (uint32_t i = 0; i < parts; i++)
        for (uint32_t t = 0; t < shape.seq_len; t++, out += shape.head_dim)
            compute_step(cache, form, job.parts[i] / shape.heads, t, job.parts[i] % shape.heads,
                         out);
    const struct verification verification = job_check(&job, 0);
    free(job.parts);
    free(job.rows);
    return verification;
}

static struct verification verify(const struct knobs *knobs, enum form form)
{
    struct cache cache = open_cache(knobs);
    const struct verification verification = verify_from(&cache, knobs, form);
    close_cache(&cache);
    return verification;
}

static void check_forms(enum data_type type, bool chain)
{
    for (size_t i = 0; i < SHAPES; i++) {
        struct knobs knobs = knobs_of(i);
        knobs.dtype = type;
        knobs.chain = chain;
        struct cache cache = open_cache(&knobs);
        for (enum form form = HONEST; form < FORMS; form++) {
            const bool right =
                form <= TENSOR_CORE || (!chain && (form == UNCHAINED || form == STALE_CHAIN));
            if (!matters(&cache.shape, form))
                continue;
            const struct verification verification = verify_from(&cache, &knobs, form);
            cr_assert_eq(verification.verdict, right ? VERDICT_RIGHT : VERDICT_WRONG,
                         "%s, shape %zu, DTYPE %d: error %g of %u heads %s", names[form], i,
                         (int)type, verification.rel_l2_error, verification.checked,
                         verification.reason);
            if (right) {
                cr_assert_eq(verification.checked, verification.total);
                cr_assert_eq(verification.total, (uint32_t)(knobs.batch * knobs.num_heads));
            }
        }
        close_cache(&cache);
    }
}

Test(reference_attention, flaws_are_found_in_bf16)
{
    check_forms(DTYPE_BF16, true);
}

Test(reference_attention, flaws_are_found_in_fp16)
{
    check_forms(DTYPE_FP16, true);
}

Test(reference_attention, flaws_are_found_in_fp32)
{
    check_forms(DTYPE_FP32, true);
}

Test(reference_attention, flaws_are_found_without_the_chain)
{
    check_forms(DTYPE_BF16, false);
}

/* At this length, the loss of one row hides in the error of a flat query. A needle (attention.h)
 * reveals it. */
Test(reference_attention, a_lost_row_is_found_at_long_context)
{
    static const enum form forms[] = {DROPS_FIRST, DROPS_LAST, DROPS_OWN, DROPS_TILE_ENDS,
                                      DROPS_APPENDED};
    struct knobs knobs = usual;
    knobs.seq_len = 16;
    knobs.context = 20000;
    struct cache cache = open_cache(&knobs);
    cr_assert_eq(verify_from(&cache, &knobs, HONEST).verdict, VERDICT_RIGHT);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        cr_assert_eq(verify_from(&cache, &knobs, forms[i]).verdict, VERDICT_WRONG, "%s",
                     names[forms[i]]);
    close_cache(&cache);
}

/* Errors fade along the chain: after 200 steps the error is about the same as after 20. */
Test(reference_attention, errors_do_not_grow)
{
    struct knobs knobs = usual;
    knobs.num_heads = 8;
    knobs.copies = 4;
    const double early = verify(&knobs, TENSOR_CORE).rel_l2_error;
    knobs.seq_len = 200;
    const double late = verify(&knobs, TENSOR_CORE).rel_l2_error;
    cr_assert_lt(late, 1.2 * early, "%g, then %g", early, late);
    cr_assert_lt(late, 0.6 * workload_attention.part(&knobs, 0).tolerance);
}

Test(reference_attention, tolerances)
{
    struct knobs knobs = {.batch = 3, .num_heads = 12, .dtype = DTYPE_BF16};
    cr_assert_eq(workload_attention.part(&knobs, 0).tolerance, 5e-3);
    knobs.dtype = DTYPE_FP16;
    cr_assert_eq(workload_attention.part(&knobs, 0).tolerance, 2e-3);
    cr_assert_eq(workload_dot.part(&knobs, 0).tolerance, 1e-5, "dot does not read DTYPE");
    knobs.dtype = DTYPE_FP32;
    cr_assert_eq(workload_attention.part(&knobs, 0).tolerance, 1e-5);
    cr_assert_eq(workload_attention.parts(&knobs), 36);
    cr_assert_eq(workload_dot.parts(&knobs), 3);
}

/* Each head's error is judged by itself, and the message names the head. */
Test(reference_attention, a_wrong_head_is_named)
{
    const struct knobs knobs = knobs_of(1);
    const uint32_t elements = (uint32_t)(knobs.seq_len * knobs.head_dim);
    float *rows = calloc(elements, sizeof *rows);
    struct reference *reference = reference_open(0, 0);
    struct judge judge;
    struct verification verification;
    judge_begin(&judge, &workload_attention, &knobs, &verification);
    cr_assert_not(judge_part(&judge, 11,
                             reference_part(reference, &workload_attention, &knobs, 11, NULL, NULL),
                             rows, &verification));
    reference_close(reference);
    cr_assert_eq(verification.verdict, VERDICT_WRONG);
    assert_contains(verification.reason, "sequence 1, head 3: ");
    assert_contains(verification.reason, "above the limit of 0.015");
    free(rows);
}

/* The whole check would take far longer than the timeout. */
Test(reference_attention, a_cancelled_check_ends_soon, .timeout = 10)
{
    struct knobs knobs = usual;
    knobs.seq_len = 4096;
    knobs.context = 1 << 20;
    uint32_t part = 0;
    float *rows = calloc(4096 * 64, sizeof *rows);
    struct verifier_job job = {
        .workload = &workload_attention, .knobs = knobs, .count = 1, .parts = &part, .rows = rows};
    const struct verification verification = job_check(&job, 1);
    cr_assert_eq(verification.verdict, VERDICT_NONE);
    cr_assert_eq(verification.checked, 0);
    free(rows);
}
