/*
 * bench_verdicts.c - how reliable verdicts are, from measured processes.
 *
 *     bench_verdicts [PATH...]
 *
 * A PATH is a document or a folder of documents, as for `pdlab compare`; it contains many processes
 * of one or more variants, for example from `pdlab run --repeats 40`. For each variant it prints:
 *
 *   noise     the standard deviation of ln(p50) between its processes
 *   A/A 5+5   the share of false verdicts in 1,000 random splits into 5 and 5 equal processes
 *   found     the smallest difference that is found in 95 % of 1,000 random splits into 10 and 10
 *             processes, one side of which is made slower by that difference
 *
 * Before that, even without a PATH, it prints in how many of 10,000 simulated comparisons the
 * interval contains the true ratio. After that, for each pair of paths with the same variant, for
 * example with different delays (kernels/delayed.c), it prints how often 10 processes of each are
 * called different.
 */
#include "../../src/document/document_set.h"
#include "../../src/engine/compare.h"
#include "draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPLITS     1000
#define SIMULATED  10000
#define POOLS      64u
#define HALF_AA    5u
#define HALF_POWER 10u
#define FOUND      0.95
#define STEP       0.0005 /* the step from one tried difference to the next */
#define MOST       0.5    /* the largest difference that is tried */

/* The medians of a variant's processes. */
struct pool {
    const char *path; /* from the command line */
    char variant[48];
    struct evidence all; /* only its bucket and noise are used */
    double *p50s;        /* in ns; owned */
    uint32_t count;
};

static struct pool pools[POOLS];
static size_t pool_count;

static struct pool *find_pool(const char *path, const struct run *run)
{
    for (size_t i = 0; i < pool_count; i++)
        if (pools[i].path == path && strcmp(pools[i].variant, run->variant) == 0)
            return &pools[i];
    if (pool_count == POOLS)
        return NULL;
    struct pool *pool = &pools[pool_count++];
    *pool = (struct pool){.path = path, .all = run_evidence(run)};
    memcpy(pool->variant, run->variant, sizeof pool->variant);
    return pool;
}

static void take_run(const char *path, const struct run *run)
{
    struct pool *pool = compare_measured(run) ? find_pool(path, run) : NULL;
    for (uint32_t i = 0; pool && i < run->process_count; i++) {
        double *grown = realloc(pool->p50s, (pool->count + 1) * sizeof *grown);
        if (!grown)
            return;
        pool->p50s = grown;
        pool->p50s[pool->count++] = (double)run->processes[i].p50_ns;
    }
}

static bool take_path(const char *path)
{
    struct document_set set;
    struct error error = {0};
    if (!document_set_read(path, &set, &error)) {
        fprintf(stderr, "bench_verdicts: %s\n", error.text);
        return false;
    }
    for (size_t i = 0; i < set.count; i++)
        for (size_t run = 0; run < set.documents[i].count; run++)
            take_run(path, &set.documents[i].runs[run]);
    document_set_free(&set);
    return true;
}

/* The medians of `count` processes from index `first` on, each multiplied by 1 + `longer`. */
static struct evidence gather(const struct pool *pool, uint32_t first, uint32_t count,
                              double longer)
{
    struct evidence evidence = {.bucket = pool->all.bucket, .noise = pool->all.noise};
    for (uint32_t i = 0; i < count; i++)
        evidence_add(&evidence, pool->p50s[first + i] * (1 + longer));
    return evidence;
}

static bool differ(const struct evidence *a, const struct evidence *b)
{
    const struct difference difference = evidence_compare(a, b);
    return fabs(difference.value) > difference.half;
}

/* Splits the pool at random into two sides of `half` processes, one of them multiplied by
 * 1 + `longer`. Returns the share of splits whose sides are called different. */
static double share_found(struct pool *pool, uint32_t half, double longer)
{
    uint64_t state = 1;
    int found = 0;
    for (int split = 0; split < SPLITS; split++) {
        draw_shuffle(&state, pool->p50s, pool->count);
        const struct evidence a = gather(pool, 0, half, 0), b = gather(pool, half, half, longer);
        found += differ(&a, &b);
    }
    return (double)found / SPLITS;
}

static void print_pool(struct pool *pool)
{
    const struct evidence all = gather(pool, 0, pool->count, 0);
    printf("%-30s %4u  %8.2f us  %5.2f %%", pool->variant, pool->count, exp(all.mean) / 1e3,
           100 * sqrt(all.variance));
    if (pool->count >= 2 * HALF_AA)
        printf("  %5.1f %%", 100 * share_found(pool, HALF_AA, 0));
    if (pool->count >= 2 * HALF_POWER) {
        double longer = 0;
        while (longer < MOST && share_found(pool, HALF_POWER, longer) < FOUND)
            longer += STEP;
        printf("  %5.2f %%", 100 * longer);
    }
    printf("  %s\n", pool->path);
}

/* Prints how often ten processes of each pool are called different. Both pools have the same
 * variant. */
static void print_pair(struct pool *a, struct pool *b)
{
    uint64_t state = 1;
    int found = 0;
    if (a->path == b->path || strcmp(a->variant, b->variant) != 0 || a->count < HALF_POWER ||
        b->count < HALF_POWER)
        return;
    for (int split = 0; split < SPLITS; split++) {
        draw_shuffle(&state, a->p50s, a->count);
        draw_shuffle(&state, b->p50s, b->count);
        const struct evidence of_a = gather(a, 0, HALF_POWER, 0);
        const struct evidence of_b = gather(b, 0, HALF_POWER, 0);
        found += differ(&of_a, &of_b);
    }
    const struct evidence of_a = gather(a, 0, a->count, 0), of_b = gather(b, 0, b->count, 0);
    printf("%-30s %s against %s: %+.2f %%, found in %.1f %% of %u and %u\n", a->variant, b->path,
           a->path, 100 * (exp(of_b.mean - of_a.mean) - 1), 100.0 * found / SPLITS, HALF_POWER,
           HALF_POWER);
}

/* ---- coverage ------------------------------------------------------------------------------- */

/* The share of simulated comparisons with this many processes per side whose interval contains the
 * true ratio. If two_levels, each process is also either slow or fast, as with two placements of
 * its threads on the cores. */
static double share_covered(unsigned processes, bool two_levels)
{
    const double sigma = 0.02, truth = 0.01;
    uint64_t state = 1;
    int covered = 0;
    for (int trial = 0; trial < SIMULATED; trial++) {
        struct evidence sides[2] = {{.bucket = 0.0005}, {.bucket = 0.0005}};
        for (unsigned i = 0; i < 2 * processes; i++) {
            double off = sigma * draw_normal(&state);
            if (two_levels)
                off = 0.3 * off + (random_below(&state, 2) ? sigma : -sigma);
            evidence_add(&sides[i % 2], 20000 * exp(off + (i % 2 ? 0 : truth)));
        }
        const struct difference difference = evidence_compare(&sides[0], &sides[1]);
        covered += fabs(difference.value - truth) <= difference.half;
    }
    return (double)covered / SIMULATED;
}

static void print_coverage(void)
{
    printf("the 95 %% interval contains the true ratio; processes per side: normal noise, two "
           "levels\n");
    for (unsigned processes = 5; processes <= 20; processes *= 2)
        printf("%30u  %5.1f %%  %5.1f %%\n", processes, 100 * share_covered(processes, false),
               100 * share_covered(processes, true));
}

int main(int argc, char **argv)
{
    print_coverage();
    for (int i = 1; i < argc; i++)
        if (!take_path(argv[i]))
            return 1;
    if (pool_count > 0)
        printf("%-30s %4s  %11s  %7s  %7s  %7s\n", "variant", "n", "p50", "noise", "A/A 5+5",
               "found");
    for (size_t i = 0; i < pool_count; i++)
        print_pool(&pools[i]);
    for (size_t i = 0; i < pool_count; i++)
        for (size_t j = i + 1; j < pool_count; j++)
            print_pair(&pools[i], &pools[j]);
    for (size_t i = 0; i < pool_count; i++)
        free(pools[i].p50s);
    return 0;
}
