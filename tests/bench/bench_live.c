/*
 * bench_live.c - how often the explorer's Compare view would call two equal sides different. It
 * records time slices of two tagged variants, as the explorer does, and draws pairs of sides from
 * them.
 *
 *     bench_live FILE SECONDS PROCESSES A B     records, appends to FILE, and draws from it
 *     bench_live FILE                           draws from FILE
 *     bench_live                                records 3 processes of 10 s on the CPU, no file
 *
 * Recording: in each of PROCESSES processes, A and B are tagged for SECONDS and share the device
 * in time slices. A line of FILE is "variant process slice p50_ns". A process that FILE already has
 * is not measured again.
 *
 * Drawing: 200 times for each variant, the time slices of one process (or two minutes' worth from
 * all processes) are dealt to two sides. The output is the share of these equal pairs that are
 * called different, and in parentheses the same share without the assumed noise between processes.
 * In the last column, the second side is from another process.
 */
#include "../../kernels/clock.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "../../src/engine/worker.h"
#include "draw.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURNS     100000u
#define PAIRS     200
#define TURN_NS   4e8
#define PAIR_NS   1.2e11 /* length of a pair: two minutes */
#define PROCESSES 1000u

static struct turn_line {
    char variant[48];
    unsigned process, turn;
    double p50_ns;
} turns[TURNS];
static size_t turn_count;

/* ---- recording ------------------------------------------------------------------------------ */

/* Writes the time slices since `seen`. The run stores only the mean of all its time slices, so the
 * change of that mean gives the mean of the new ones. */
static void write_turns(FILE *out, unsigned process, const struct run *run, struct evidence *seen)
{
    const struct evidence *now = &run->turns;
    if (now->units == seen->units)
        return;
    const double sum = now->mean * now->units - seen->mean * seen->units;
    const uint32_t more = now->units - seen->units;
    for (uint32_t i = 0; i < more; i++)
        fprintf(out, "%s %u %u %.1f\n", run->variant, process, seen->units + i, exp(sum / more));
    *seen = *now;
}

static int record_process(FILE *out, unsigned process, double seconds,
                          const struct variant *const pair[2])
{
    struct error error = {0};
    struct evidence seen[2] = {0};
    struct request request = {.count = 2, .variants = {pair[0], pair[1]}, .tagged = 3};
    struct worker *worker = worker_start(pair[0]->backend, 0, &error);
    if (!worker) {
        fprintf(stderr, "bench_live: %s\n", error.text);
        return 1;
    }
    request.knobs = knobs_defaults();
    request.knobs.iterations = 0;
    worker_post(worker, &request);
    const uint64_t end_ns = clock_now() + (uint64_t)(seconds * 1e9);
    while (clock_now() < end_ns) {
        struct pollfd news = {.fd = worker_news(worker), .events = POLLIN};
        poll(&news, 1, 100);
        const struct snapshot *snapshot = worker_look(worker);
        for (uint32_t i = 0; i < snapshot->count; i++)
            write_turns(out, process, &snapshot->runs[i], &seen[i]);
    }
    worker_stop(worker);
    return seen[0].units > 0 && seen[1].units > 0 ? 0 : 1;
}

static bool has_process(const char *variant, unsigned process)
{
    for (size_t i = 0; i < turn_count; i++)
        if (turns[i].process == process && strcmp(turns[i].variant, variant) == 0)
            return true;
    return false;
}

static int record(const char *path, double seconds, unsigned processes, const char *const names[2])
{
    const struct variant *const pair[2] = {variant_find(names[0]), variant_find(names[1])};
    if (!pair[0] || !pair[1]) {
        fprintf(stderr, "bench_live: there is no variant %s\n", names[pair[0] ? 1 : 0]);
        return 1;
    }
    for (unsigned process = 0; process < processes; process++) {
        int status;
        if (has_process(names[0], process))
            continue;
        fflush(NULL);
        pid_t child = fork(); /* fork before any driver is called */
        if (child == 0) {
            FILE *out = fopen(path, "a");
            int failed = out ? record_process(out, process, seconds, pair) : 1;
            _exit(failed || fclose(out) != 0 ? 1 : 0);
        }
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
            return 1;
    }
    return 0;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void read_turns(const char *path)
{
    FILE *in = fopen(path, "r");
    char line[160], *end;
    while (in && turn_count < TURNS && fgets(line, sizeof line, in)) {
        struct turn_line *turn = &turns[turn_count];
        const size_t name = strcspn(line, " ");
        if (line[name] != ' ' || name >= sizeof turn->variant)
            break;
        memcpy(turn->variant, line, name);
        turn->variant[name] = '\0';
        turn->process = (unsigned)strtoul(line + name, &end, 10);
        turn->turn = (unsigned)strtoul(end, &end, 10);
        turn->p50_ns = strtod(end, &end);
        if (*end != '\n')
            break;
        turn_count++;
    }
    if (in)
        fclose(in);
}

/* Copies the p50s (ns) of a variant's time slices in one process, or in all (-1). Returns their
 * number. */
static size_t take(const char *variant, int process, double *p50s)
{
    size_t count = 0;
    for (size_t i = 0; i < turn_count; i++)
        if (strcmp(turns[i].variant, variant) == 0 &&
            (process < 0 || turns[i].process == (unsigned)process))
            p50s[count++] = turns[i].p50_ns;
    return count;
}

/* Returns a side of at most `most` of these time slices, drawn at random. */
static struct evidence draw(const double *p50s, size_t count, size_t most, uint64_t *state,
                            struct noise noise)
{
    struct evidence side = {.turns = true, .noise = noise, .bucket = 0.0005};
    for (size_t i = 0; i < most && i < count; i++)
        evidence_add(&side, p50s[random_below(state, count)]);
    return side;
}

/* Shuffles these time slices and deals at most `most` of them to two sides. */
static void deal(double *p50s, size_t count, size_t most, uint64_t *state, struct noise noise,
                 struct evidence sides[2])
{
    draw_shuffle(state, p50s, count);
    for (int side = 0; side < 2; side++)
        sides[side] = (struct evidence){.turns = true, .noise = noise, .bucket = 0.0005};
    for (size_t i = 0; i < count && i < most; i++)
        evidence_add(&sides[i % 2], p50s[i]);
}

static void print_variant(const char *variant, unsigned processes, struct noise noise)
{
    static double p50s[TURNS], others[TURNS];
    const size_t most = (size_t)(PAIR_NS / TURN_NS);
    uint64_t state = 1;
    int different[2] = {0}, here[2] = {0}, across = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
        for (int pooled = 0; pooled < 2; pooled++) {
            struct evidence sides[2];
            const int process = pooled ? -1 : (int)random_below(&state, processes);
            deal(p50s, take(variant, process, p50s), most, &state, noise, sides);
            const struct difference difference = evidence_compare(&sides[0], &sides[1]);
            different[pooled] += fabs(difference.value) > difference.half;
            here[pooled] += fabs(difference.value) > difference.half_here;
        }
        const int one = (int)random_below(&state, processes);
        const int other =
            (int)((unsigned)one + 1 + random_below(&state, processes - 1)) % (int)processes;
        const size_t count = take(variant, one, p50s), more = take(variant, other, others);
        const struct evidence a = draw(p50s, count, most / 2, &state, noise);
        const struct evidence b = draw(others, more, most / 2, &state, noise);
        const struct difference difference = evidence_compare(&a, &b);
        across += fabs(difference.value) > difference.half;
    }
    printf("%-30s %6zu  %5.1f %% (%5.1f %%)  %5.1f %% (%5.1f %%)  %5.1f %%\n", variant,
           take(variant, -1, p50s), 100.0 * different[0] / PAIRS, 100.0 * here[0] / PAIRS,
           100.0 * different[1] / PAIRS, 100.0 * here[1] / PAIRS, 100.0 * across / PAIRS);
}

static void print_all(void)
{
    unsigned processes = 0;
    for (size_t i = 0; i < turn_count; i++)
        processes = turns[i].process + 1 > processes ? turns[i].process + 1 : processes;
    if (processes < 2) {
        fprintf(stderr, "bench_live: FILE needs time slices of at least two processes\n");
        exit(1);
    }
    printf("%-30s %6s  %19s  %19s  %7s\n", "called different, of equals", "slices",
           "one process (here)", "all dealt (here)", "across");
    for (size_t i = 0; i < turn_count; i++) {
        bool first = true;
        for (size_t before = 0; before < i; before++)
            first &= strcmp(turns[before].variant, turns[i].variant) != 0;
        if (first)
            print_variant(turns[i].variant, processes,
                          noise_assumed(strncmp(turns[i].variant, "cpu", 3) == 0 ? BACKEND_CPU
                                                                                 : BACKEND_CUDA));
    }
}

/* Records time slices if `processes` is not 0. Then draws pairs of sides, and prints the table. */
static int measure(const char *path, double seconds, unsigned processes, const char *const names[2])
{
    read_turns(path);
    if (processes > 0) {
        if (record(path, seconds, processes < PROCESSES ? processes : PROCESSES, names) != 0) {
            fprintf(stderr, "bench_live: a process could not be measured\n");
            return 1;
        }
        turn_count = 0;
        read_turns(path);
    }
    print_all();
    return 0;
}

static int measure_here(void)
{
    static const char *const names[] = {"cpu_persistent", "cpu_graph"};
    char path[] = "/tmp/bench_live.XXXXXX";
    const int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    const int status = measure(path, 10, 3, names);
    unlink(path);
    return status;
}

int main(int argc, char **argv)
{
    clock_start();
    if (argc == 1)
        return measure_here();
    if (argc == 2)
        return measure(argv[1], 0, 0, NULL);
    if (argc != 6) {
        fprintf(stderr, "usage: bench_live [FILE [SECONDS PROCESSES A B]]\n");
        return 2;
    }
    const char *const names[] = {argv[4], argv[5]};
    return measure(argv[1], strtod(argv[2], NULL), (unsigned)strtoul(argv[3], NULL, 10), names);
}
