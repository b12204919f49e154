#include "../../kernels/attention.h"
#include "../../kernels/cpu/attend.h"
#include "cpu_bench.h"
#include "random.h"

#include <math.h>

static const struct variant *const both[] = {&cpu_attention_per_token, &cpu_attention_persistent};

static const struct knobs usual = {
    .batch = 2,
    .seq_len = 9,
    .context = 100,
    .num_heads = 8,
    .kv_heads = 2,
    .head_dim = 64,
    .dtype = DTYPE_BF16,
    .kv_tile = 64,
    .copies = 3,
    .cold = 1,
    .chain = 1,
    .stamps = 1,
    .seed = 42,
    .threads = 2,
    .spin_ns = KNOB_AUTO,
};

TestSuite(cpu_attention, .fini = release);

/* Checks all heads of up to three sequences, and that no NaN is left. */
static void check_output(void)
{
    const struct knobs *knobs = &bench.knobs;
    const int64_t sequences = knobs->batch < 3 ? knobs->batch : 3;
    check_parts(&bench, sequences * knobs->num_heads, 1,
                0.6 * workload_attention.part(knobs, 0).tolerance);
}

static void run_and_check(const struct variant *variant, const struct knobs *knobs)
{
    prepare(variant, knobs);
    iterate(&bench, true);
    check_output();
}

/* ---- output --------------------------------------------------------------------------------- */

/* Combines contexts, groups and row lengths; DTYPE, tile, splits, copies, pages, spreads, threads
 * and SIMD paths alternate. */
Test(cpu_attention, right_in_odd_shapes, .init = clock_start, .timeout = 120)
{
    static const int64_t contexts[] = {0, 1, 15, 64, 65, 300}, tiles[] = {16, 32, 64, 128},
                         splits[] = {0, 1, 3, 7, 256}, copies[] = {1, 2, 5, 9},
                         pages[] = {0, 16, 32, 64, 128, 256}, spreads[] = {0, 90, 33, 0, 100};
    static const struct {
        int64_t heads, kv_heads;
    } groups[] = {{3, 3}, {8, 2}, {10, 2}, {7, 1}, {8, 1}, {22, 2}};
    unsigned turn = 0;
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            for (int64_t head_dim = 64; head_dim <= 128; head_dim += 64)
                for (size_t m = 0; m < 2; m++, turn++) {
                    struct knobs knobs = usual;
                    force_path(turn);
                    knobs.context = contexts[i];
                    knobs.num_heads = groups[j].heads;
                    knobs.kv_heads = groups[j].kv_heads;
                    knobs.head_dim = head_dim;
                    knobs.dtype = turn / 3 % 3;
                    knobs.kv_tile = tiles[turn / 2 % 4];
                    knobs.splits = splits[turn / 2 % 5];
                    knobs.copies = copies[turn / 5 % 4];
                    knobs.threads = 1 + turn % 4;
                    knobs.batch = 1 + turn % 3;
                    knobs.chain = turn % 7 != 0;
                    knobs.page_size = pages[turn / 3 % 6];
                    knobs.context_spread = spreads[turn / 7 % 5];
                    run_and_check(both[m], &knobs);
                }
}

/* Every path with every DTYPE, for a length that ends within a tile and within a vector. */
Test(cpu_attention, right_on_every_path, .init = clock_start, .timeout = 60)
{
    for (enum dot_path path = 0; path < DOT_PATHS; path++)
        for (int64_t type = DTYPE_BF16; type <= DTYPE_FP32; type++)
            for (int64_t heads = 1; heads <= 9; heads++) {
                struct knobs knobs = usual;
                if (!dot_path_runs(path))
                    continue;
                dot_path_force(path);
                knobs.dtype = type;
                knobs.num_heads = heads;
                knobs.kv_heads = 1;
                knobs.context = 77;
                run_and_check(&cpu_attention_persistent, &knobs);
            }
}

/* A sequence's rows grow past the end of a tile and of a split, and copies are reused. */
Test(cpu_attention, right_as_it_grows, .init = clock_start, .timeout = 60)
{
    for (int64_t splits = 0; splits <= 4; splits++)
        for (int64_t copies = 1; copies <= 40; copies += 13) {
            struct knobs knobs = usual;
            knobs.context = 50;
            knobs.seq_len = 90;
            knobs.splits = splits;
            knobs.copies = copies;
            knobs.threads = 3;
            knobs.kv_tile = 32;
            run_and_check(&cpu_attention_persistent, &knobs);
            knobs.page_size = 16 << splits;
            knobs.context_spread = 100;
            knobs.batch = 4;
            run_and_check(&cpu_attention_persistent, &knobs);
        }
}

/* More threads than rows, or than K/V heads. */
Test(cpu_attention, right_with_more_threads_than_pairs, .init = clock_start, .timeout = 60)
{
    for (int64_t context = 0; context <= 40; context += 20) {
        struct knobs knobs = usual;
        knobs.batch = 1;
        knobs.num_heads = knobs.kv_heads = 1;
        knobs.context = context;
        knobs.threads = 7;
        for (size_t m = 0; m < 2; m++)
            run_and_check(both[m], &knobs);
    }
}

/* Repeats iterations with the same state. Before each iteration, the rows that the previous
 * iteration appended are poisoned. */
Test(cpu_attention, right_when_repeated, .init = clock_start, .timeout = 60)
{
    for (size_t m = 0; m < 2; m++)
        for (int64_t type = DTYPE_BF16; type <= DTYPE_FP32; type++) {
            struct knobs knobs = usual;
            knobs.dtype = type;
            knobs.threads = 3;
            prepare(both[m], &knobs);
            check_repeats(2 * 9 * 8 * 64, check_output);
        }
}

/* A NaN in any row of K or V reaches the output on every path, so wrong rows are detected. */
Test(cpu_attention, nan_is_not_hidden, .init = clock_start)
{
    enum { ROWS = 21, HEAD_DIM = 64, GROUP = 5 };
    static _Alignas(64) uint32_t k[ROWS * HEAD_DIM], v[ROWS * HEAD_DIM];
    static _Alignas(64) float queries[GROUP * HEAD_DIM], out[GROUP * HEAD_DIM];
    float most[GROUP], weight[GROUP];
    for (size_t i = 0; i < GROUP * HEAD_DIM; i++)
        queries[i] = 0.01f;
    for (enum dot_path path = 0; path < DOT_PATHS; path++)
        for (enum data_type type = DTYPE_BF16; type <= DTYPE_FP32; type++)
            for (uint32_t row = 0; row < 2 * ROWS; row++) {
                if (!dot_path_runs(path))
                    continue;
                const size_t bytes = HEAD_DIM * attention_element_bytes(type);
                memset(k, 0, sizeof k);
                memset(v, 0, sizeof v);
                memset((char *)(row < ROWS ? k : v) + row % ROWS * bytes, 0xFF, bytes); /* NaN */
                attend_path(path, type)(&(struct attend){
                    .queries = queries,
                    .k = k,
                    .v = v,
                    .rows = ROWS,
                    .tile = 16,
                    .group = GROUP,
                    .head_dim = HEAD_DIM,
                    .sums = {.most = most, .weight = weight, .out = out},
                });
                for (size_t i = 0; i < GROUP * HEAD_DIM; i++)
                    cr_assert(isnan(out[i]), "row %u of K and V, element %zu", row, i);
            }
}

/* ---- AVX512_BF16 ----------------------------------------------------------------------------- */

Test(cpu_attention, only_bf16_on_avx512_uses_the_processors_products)
{
    for (enum dot_path path = 0; path < DOT_PATHS; path++)
        for (enum data_type type = DTYPE_BF16; type <= DTYPE_FP32; type++) {
            const bool same = attend_choose(path, type, true) == attend_choose(path, type, false);
#if defined(__x86_64__)
            cr_assert_eq(same, path != DOT_AVX512 || type != DTYPE_BF16);
#else
            cr_assert(same);
#endif
        }
}

#define NATIVE_ROWS  333u /* odd, and more than two tiles */
#define NATIVE_GROUP 7u

/* The sums are equal except for the rounding of queries and weights. */
Test(cpu_attention, the_processors_products_give_the_same_sums)
{
    static _Alignas(64) uint16_t k[NATIVE_ROWS * 128], v[NATIVE_ROWS * 128];
    static _Alignas(64) float queries[NATIVE_GROUP * 128], out[2][NATIVE_GROUP * 128];
    float most[NATIVE_GROUP], weight[NATIVE_GROUP];
    uint64_t random = 17;
    if (!dot_path_runs(DOT_AVX512) || !attend_native_runs())
        cr_skip("this processor has no AVX512_BF16");
    for (size_t i = 0; i < NATIVE_ROWS * 128; i++) {
        k[i] = attention_to_bf16((float)random_below(&random, 2000) / 1000 - 1);
        v[i] = attention_to_bf16((float)random_below(&random, 2000) / 1000 - 1);
    }
    for (size_t i = 0; i < NATIVE_GROUP * 128; i++)
        queries[i] = (float)random_below(&random, 2000) / 5000 - 0.2f;
    for (uint32_t head_dim = 64; head_dim <= 128; head_dim += 64) {
        double off = 0, size = 0;
        for (int native = 0; native < 2; native++) {
            struct attend attend = {
                .queries = queries,
                .k = k,
                .v = v,
                .rows = 100,
                .tile = 64,
                .group = NATIVE_GROUP,
                .head_dim = head_dim,
                .sums = {.most = most, .weight = weight, .out = out[native]},
            };
            attend_function *function = attend_choose(DOT_AVX512, DTYPE_BF16, native);
            function(&attend);
            attend.k = k + 100 * head_dim; /* a second pass adds to the first */
            attend.v = v + 100 * head_dim;
            attend.rows = NATIVE_ROWS - 100;
            attend.goes_on = true;
            function(&attend);
            for (size_t i = 0; i < NATIVE_GROUP * head_dim; i++)
                out[native][i] /= weight[i / head_dim];
        }
        for (size_t i = 0; i < NATIVE_GROUP * head_dim; i++) {
            off += (out[1][i] - out[0][i]) * (out[1][i] - out[0][i]);
            size += out[0][i] * out[0][i];
        }
        cr_assert_lt(sqrt(off / size), 5e-3, "HEAD_DIM %u: %g", head_dim, sqrt(off / size));
        cr_assert_gt(off, 0, "both are the same function");
    }
}

/* ---- stamps --------------------------------------------------------------------------------- */

Test(cpu_attention, stamps_of_steps, .init = clock_start, .timeout = 60)
{
    for (size_t m = 0; m < 2; m++)
        for (int64_t threads = 1; threads <= 5; threads += 2) {
            struct knobs knobs = usual;
            knobs.seq_len = 200;
            knobs.threads = threads;
            prepare(both[m], &knobs);
            check_synchronised();
        }
}

Test(cpu_attention, facts, .init = clock_start)
{
    for (size_t m = 0; m < 2; m++) {
        prepare(both[m], &usual);
        cr_assert_eq(bench.facts.programs, 2);
        cr_assert_eq(bench.facts.launches_per_iteration, m == 0 ? 9 : 1);
        cr_assert_not(bench.facts.free_running);
    }
}

/* ---- stopping ------------------------------------------------------------------------------- */

/* Stops at any moment, with threads asleep at the barrier; the next iteration is complete and
 * right. */
Test(cpu_attention, stopped_at_any_moment, .init = clock_start, .timeout = 60)
{
    for (size_t m = 0; m < 2; m++) {
        struct knobs knobs = usual;
        knobs.batch = 1;
        knobs.seq_len = 500;
        knobs.threads = 3;
        knobs.splits = 2;
        knobs.spin_ns = 0;
        prepare(both[m], &knobs);
        stop_at_any_moment(20000);
        cr_assert_gt(bench.variant->ops->count_nan(bench.state), 0);
        raise_stop(&bench, 0);
        bench.variant->ops->poison(bench.state);
        iterate(&bench, true);
        check_output();
    }
}

Test(cpu_attention, stopped_while_it_is_prepared, .init = clock_start, .timeout = 60)
{
    for (size_t m = 0; m < 2; m++) {
        struct device_info device;
        const uint32_t stop = 1;
        assert_success(cpu_device.open(0, &device, &error));
        const struct plan plan = must_plan(both[m], &usual, &device);
        cr_assert_null(both[m]->ops->prepare(&(struct setup){&plan, &device, &stop}, &error));
        cr_assert_eq(error.kind, ERROR_RUN);
    }
}

/* ---- refused knobs -------------------------------------------------------------------------- */

Test(cpu_attention, refusals)
{
    const struct device_info device = {.units = 4, .memory_free_bytes = 100000000};
    for (size_t m = 0; m < 2; m++) {
        struct knobs knobs = usual;
        knobs.copies = knobs.threads = KNOB_AUTO;
        knobs.cold = 0;
        must_plan(both[m], &knobs, &device);
        knobs.head_dim = 96;
        expect_refusal(both[m], &knobs, &device, "HEAD_DIM 96");
        knobs = usual;
        knobs.kv_heads = 3;
        expect_refusal(both[m], &knobs, &device,
                       "KV_HEADS 3 does not divide NUM_HEADS 8: use a divisor");

        knobs = usual;
        knobs.batch = 512;
        knobs.context = 1 << 20;
        knobs.head_dim = 128;
        knobs.copies = 1;
        const uint64_t caches = 2 * UINT64_C(512) * 2 * ((1 << 20) + 9) * 128 * 2;
        expect_need(both[m], &knobs, &device, " 90000000 ", caches);
    }
}

Test(cpu_attention, auto_is_resolved)
{
    const struct device_info device = {.units = 7, .cache_bytes = 1 << 20};
    for (size_t m = 0; m < 2; m++) {
        struct knobs knobs = usual;
        knobs.copies = knobs.threads = KNOB_AUTO;
        knobs.splits = 0;
        const struct plan plan = must_plan(both[m], &knobs, &device);
        cr_assert_eq(plan.programs, 6);
        cr_assert_eq(plan.used.threads, 6);
        cr_assert_eq(plan.used.spin_ns, m == 0 ? 0 : 20000);
        cr_assert_eq(plan.used.copies, 9, "at most one per step");
        cr_assert_eq(plan.used.splits, m == 0 ? 0 : 3, "4 K/V heads by 6 threads");
    }
}
