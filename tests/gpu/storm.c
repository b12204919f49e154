/*
 * storm.c - random changes of variant and knobs without a screen, as if a user held down random
 * keys: each step changes one or two knobs or the variant, prepares, iterates, and stops at a
 * random moment. Every variant must stop whenever it is told to, whatever its knobs are.
 *
 *     storm TARGET SEED STEPS [DEVICE]       runs steps 0 to STEPS - 1
 *     storm TARGET SEED FROM-STEPS [DEVICE]  runs steps FROM to STEPS - 1
 *     storm TARGET SEED STEP*TIMES [DEVICE]  runs one step, TIMES times
 *
 * SEED alone determines all steps, so a failed step can be run again. TARGET may also be the name
 * of a variant. Prints each failed step with its settings, and the slowest stops.
 *
 * Exit status: 0; 1 if a step failed, was not prepared or was wrong; 2 bad usage; 3 no device; 9 if
 * a step crashed the device: run the steps after it with FROM-STEPS.
 */
#include "../../kernels/clock.h"
#include "../../kernels/thread.h"
#include "../../kernels/workload.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/engine/turn.h"
#include "../unit/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS_MOST   32
#define SLOWEST         5
#define DELAY_MOST_NS   UINT64_C(20000000) /* from prepare to the stop */
#define BYTES_MOST      (UINT64_C(8) << 30)
#define ITERATIONS_MOST 4000

struct step {
    const struct variant *variant;
    struct knobs knobs;
    uint64_t delay_ns;
};

struct slow {
    uint64_t took_ns;
    int number;
    struct step step;
};

static struct {
    const struct variant *variants[VARIANTS_MOST];
    uint32_t count, at;
    struct knobs knobs;
    uint64_t random;
} walk;

/* ---- stopping: a thread sets `stop` at stop_at_ns -------------------------------------------- */

static uint32_t stop;
static uint64_t stop_at_ns = UINT64_MAX; /* a time of clock_now */
static uint64_t stopped_ns;              /* when `stop` was set */

static void *raise_stops(void *unused)
{
    (void)unused;
    for (;;) {
        const uint64_t at_ns = __atomic_load_n(&stop_at_ns, __ATOMIC_ACQUIRE);
        if (clock_now() < at_ns)
            continue;
        stopped_ns = clock_now();
        __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
        __atomic_store_n(&stop_at_ns, UINT64_MAX, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void walk_begin(const char *target, uint64_t seed)
{
    walk.knobs = knobs_defaults();
    walk.knobs.warmup = 0;
    walk.random = seed;
    for (size_t i = 0; variants[i] && walk.count < VARIANTS_MOST; i++)
        if (variants[i]->backend == BACKEND_CUDA && !variants[i]->hidden &&
            (strcmp(variants[i]->target, target) == 0 || strcmp(variants[i]->name, target) == 0))
            walk.variants[walk.count++] = variants[i];
}

/* Moves a random knob that the variant reads by one to three values, a little more often up. */
static void turn_knob(const struct variant *variant)
{
    enum knob_id id;
    do
        id = (enum knob_id)random_below(&walk.random, KNOB_COUNT);
    while (!(variant->knobs >> id & 1) || id == KNOB_WARMUP || id == KNOB_ITERATIONS);
    const int direction = random_below(&walk.random, 5) < 3 ? 1 : -1;
    const uint64_t times = 1 + random_below(&walk.random, 3);
    for (uint64_t i = 0; i < times; i++)
        walk.knobs.value[id] = knob_turn(id, walk.knobs.value[id], direction);
}

/* COPIES may still be `auto` (0): counts one copy then. */
static uint64_t tensor_bytes(const struct workload *workload)
{
    struct knobs knobs = walk.knobs;
    knobs.copies = knobs.copies > 0 ? knobs.copies : 1;
    return workload->memory_bytes(&knobs);
}

static struct step walk_on(void)
{
    struct step step;
    const struct knobs before = walk.knobs;
    if (random_below(&walk.random, 4) == 0)
        walk.at = (uint32_t)random_below(&walk.random, walk.count);
    step.variant = walk.variants[walk.at];
    turn_knob(step.variant);
    if (random_below(&walk.random, 2) == 0)
        turn_knob(step.variant);
    if (random_below(&walk.random, 64) == 0) {
        walk.knobs = knobs_defaults();
        walk.knobs.warmup = 0;
    }
    if (tensor_bytes(step.variant->workload) > BYTES_MOST)
        walk.knobs = before;
    step.knobs = walk.knobs;
    /* Delays of all magnitudes from 1 us up. */
    const uint64_t most = DELAY_MOST_NS >> random_below(&walk.random, 15);
    step.delay_ns = random_below(&walk.random, most);
    return step;
}

/* ---- a step ---------------------------------------------------------------------------------- */

static struct slow slowest[SLOWEST];

static void note_slow(uint64_t took_ns, int number, const struct step *step)
{
    struct slow now = {took_ns, number, *step};
    for (int i = 0; i < SLOWEST; i++) {
        if (now.took_ns > slowest[i].took_ns) {
            const struct slow pushed = slowest[i];
            slowest[i] = now;
            now = pushed;
        }
    }
}

static void print_step(int number, const struct step *step)
{
    const struct knobs knobs = knobs_defaults();
    printf("  step %d: %s", number, step->variant->name);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char text[64];
        if (!(step->variant->knobs >> id & 1) || step->knobs.value[id] == knobs.value[id])
            continue;
        knob_format((enum knob_id)id, step->knobs.value[id], text, sizeof text);
        printf(" %s=%s", knob_table[id].name, text);
    }
    printf(", stop after %.1f us\n", (double)step->delay_ns / 1e3);
}

static void watch(void *context, bool stalled)
{
    (void)context;
    (void)stalled;
}

#define RECENT 64u /* steps whose verdict is still pending */

static struct recent {
    uint64_t epoch;
    int number;
    struct step step;
} recent[RECENT];

static struct run run;
static uint64_t iterations, skipped, unprepared, failed, wrong;

/* Exits with status 9 if the device is lost. */
static void take_step(int number, const struct step *step, const struct device_info *device,
                      struct verifier *verifier)
{
    static uint64_t epoch;
    static struct turn turn;
    struct error error = {0};
    struct plan plan;
    if (!variant_plan(step->variant, &step->knobs, device, &plan, &error)) {
        skipped++;
        return;
    }
    run_begin(&run, step->variant, &step->knobs, &plan.used, ++epoch);
    recent[epoch % RECENT] = (struct recent){epoch, number, *step};
    __atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
    const uint64_t began_ns = clock_now();
    if (!turn_begin(&turn, &run, &plan, device, &stop, &error)) {
        unprepared++;
        printf("not prepared: %s\n", error.text);
        print_step(number, step);
        if (error.kind == ERROR_LOST)
            _exit(9);
        return;
    }
    const uint64_t prepared_ns = clock_now();
    __atomic_store_n(&stop_at_ns, prepared_ns + step->delay_ns, __ATOMIC_RELEASE);
    const struct turn_watch none = {watch, NULL};
    enum turn_result result = TURN_ITERATED;
    for (int i = 0; result == TURN_ITERATED && (i < ITERATIONS_MOST || !stop_requested(&stop));
         i++) {
        result = turn_iterate(&turn, &stop, verifier, none, &error);
        iterations++;
    }
    const uint64_t ended_ns = clock_now();
    __atomic_store_n(&stop_at_ns, UINT64_MAX, __ATOMIC_RELEASE);
    if (result == TURN_FAILED) {
        failed++;
        printf("failed: %s\n", error.text);
        print_step(number, step);
        if (turn.account)
            fputs(turn.account, stdout);
        else
            backends[BACKEND_CUDA]->diagnose(turn.state, stdout);
        fflush(stdout);
        if (turn.lost)
            _exit(9);
    }
    if (stop_requested(&stop) && result == TURN_STOPPED)
        note_slow(ended_ns - stopped_ns, number, step);
    turn_end(&turn);
    const uint64_t released_ns = clock_now();
    if (released_ns - ended_ns > 500000000 || prepared_ns - began_ns > 3000000000) {
        printf("slow: prepare %.3f s, release %.3f s\n", (double)(prepared_ns - began_ns) / 1e9,
               (double)(released_ns - ended_ns) / 1e9);
        print_step(number, step);
        fflush(stdout);
    }
    uint64_t taken;
    struct verification verification;
    while (verifier_take(verifier, &taken, &verification))
        if (verification.verdict == VERDICT_WRONG) {
            printf("wrong: %s\n", verification.reason);
            wrong++;
            if (recent[taken % RECENT].epoch == taken)
                print_step(recent[taken % RECENT].number, &recent[taken % RECENT].step);
        }
}

int main(int argc, char **argv)
{
    struct device_info device;
    struct error error = {0};
    pthread_t stopper;
    if (argc < 4) {
        fputs("usage: storm TARGET SEED STEPS|FROM-STEPS|STEP*TIMES [DEVICE]\n", stderr);
        return 2;
    }
    char *end;
    int from = 0, to = (int)strtol(argv[3], &end, 10), times = 1;
    if (*end == '-') {
        from = to;
        to = (int)strtol(end + 1, NULL, 10);
    } else if (*end == '*') {
        times = (int)strtol(end + 1, NULL, 10);
        from = to++;
    }
    walk_begin(argv[1], strtoull(argv[2], NULL, 10));
    const int index = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 0;
    const struct device_ops *cuda = backends[BACKEND_CUDA];
    if (walk.count == 0) {
        fprintf(stderr, "storm: no target %s for CUDA devices: `pdlab list` names the targets\n",
                argv[1]);
        return 2;
    }
    struct verifier *verifier = verifier_start(&error);
    if (!cuda || !verifier || !run_open(&run) || !cuda->open(index, &device, &error) ||
        thread_start(&stopper, "stopper", 0, raise_stops, NULL) != 0) {
        fprintf(stderr, "storm: %s\n", error.text);
        return 3;
    }
    const uint64_t began_ns = clock_now();
    for (int i = 0; i < to; i++) {
        const struct step step = walk_on();
        for (int j = 0; i >= from && j < times; j++)
            take_step(i, &step, &device, verifier);
    }
    printf("%s seed %s, steps %d to %d: %.1f s, %" PRIu64 " iterations, %" PRIu64
           " settings not supported, %" PRIu64 " not prepared, %" PRIu64 " failed, %" PRIu64
           " wrong; slowest stops:\n",
           argv[1], argv[2], from, to - 1, (double)(clock_now() - began_ns) / 1e9, iterations,
           skipped, unprepared, failed, wrong);
    for (int i = 0; i < SLOWEST && slowest[i].took_ns > 0; i++) {
        printf("  %.3f ms", (double)slowest[i].took_ns / 1e6);
        print_step(slowest[i].number, &slowest[i].step);
    }
    fflush(stdout);
    _exit(failed || unprepared || wrong ? 1 : 0);
}
