/*
 * bench_explorer.c - the cost of the front end: drives the real program with keys in a pseudo
 * terminal of 120x40.
 *
 *     bench_explorer [PDLAB [PAIRS [VARIANT...]]]        (build/pdlab, 15)
 *
 * It prints:
 *   - the time from start to the first frame, and from a knob's key to the new epoch's first
 *     samples on the screen (median of 15);
 *   - the front end's share of a core, and its bytes to the terminal, at 10, 20 and 60 frames per
 *     second, in a large terminal, and while paused: the limit is 20 kB/s;
 *   - the effect of the explorer on a variant: iteration p50 in the explorer over that of `pdlab
 *     run`, in PAIRS alternating pairs of fresh processes, with the interval that verdicts use.
 *
 * With VARIANTs, it prints only the last item, once per variant.
 */
#include "../../kernels/clock.h"
#include "../../src/document/document.h"
#include "emulator.h"
#include "paired.h"
#include "sorted.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND     UINT64_C(1000000000)
#define TIMES      15
#define PAIRS_MOST 99

static char *pdlab;
static char folder[] = "/tmp/pdlab-bench-XXXXXX";

static void fail(const char *what, struct emulator *emulator)
{
    fprintf(stderr, "bench_explorer: %s\n%s\n", what, emulator ? emulator_text(emulator) : "");
    exit(1);
}

/* Returns the number after the first `word` in the text; -1 if the text has no such word. */
static long number_after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    return at ? strtol(at + strlen(word), NULL, 10) : -1;
}

/* Whether the histogram's title shows samples: the number before " samples" is above 0. */
static bool shows_samples(const char *text)
{
    const char *at = strstr(text, " samples");
    return at && at > text && at[-1] >= '0' && at[-1] <= '9' && strncmp(at - 2, " 0", 2) != 0;
}

static void print_times(const char *what, double *times)
{
    double middle = sorted_median(times, TIMES);
    printf("%-34s %8.1f ms  (median of %d, worst %.1f)\n", what, middle, TIMES, times[TIMES - 1]);
}

/* ---- response time --------------------------------------------------------------------------- */

static void measure_first_frame(void)
{
    double times[TIMES];
    const char *argv[] = {pdlab, NULL};
    for (int i = 0; i < TIMES; i++) {
        struct emulator emulator;
        emulator_start(&emulator, argv, 40, 120);
        uint64_t seen = emulator_wait(&emulator, "cpu_per_token", 10 * SECOND);
        if (!seen)
            fail("no first frame", &emulator);
        times[i] = (double)(seen - emulator.started_ns) / 1e6;
        emulator_stop(&emulator);
    }
    print_times("first frame after start", times);
}

static void settle(struct emulator *emulator)
{
    uint64_t begin = clock_now();
    while (clock_now() - begin < SECOND)
        emulator_pump(emulator, 20000000);
}

static void measure_knob(void)
{
    double times[TIMES];
    const char *argv[] = {pdlab, "--fps", "20", NULL};
    struct emulator emulator;
    emulator_start(&emulator, argv, 40, 120);
    if (!emulator_wait(&emulator, "samples", 10 * SECOND))
        fail("no samples", &emulator);
    for (int i = 0; i < TIMES; i++) {
        settle(&emulator);
        long epoch = number_after(emulator_text(&emulator), "epoch ");
        uint64_t pressed = clock_now();
        emulator_type(&emulator, i % 2 ? "[" : "]");
        for (;;) {
            const char *text = emulator_text(&emulator);
            if (number_after(text, "epoch ") > epoch && shows_samples(text))
                break;
            if (clock_now() - pressed > 10 * SECOND)
                fail("no samples of a new epoch", &emulator);
            emulator_pump(&emulator, 200000000);
        }
        times[i] = (double)(clock_now() - pressed) / 1e6;
    }
    emulator_stop(&emulator);
    print_times("knob key to the epoch's samples", times);
}

/* ---- cost ----------------------------------------------------------------------------------- */

/* CPU time of the main thread, in ns. */
static double main_thread_ns(pid_t pid)
{
    char path[64], text[128];
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, sizeof text, file))
        fail("no schedstat of the main thread", NULL);
    fclose(file);
    return strtod(text, NULL);
}

static void measure_window(struct emulator *emulator, const char *what, double seconds)
{
    settle(emulator);
    uint64_t begin = clock_now(), bytes = emulator->bytes;
    double busy = main_thread_ns(emulator->pid);
    while ((double)(clock_now() - begin) < seconds * 1e9)
        emulator_pump(emulator, 20000000);
    double elapsed = (double)(clock_now() - begin);
    printf("%-34s %8.2f %% of a core, %.1f kB/s to the terminal\n", what,
           100 * (main_thread_ns(emulator->pid) - busy) / elapsed,
           (double)(emulator->bytes - bytes) / elapsed * 1e6);
}

/* Measures a running variant with this terminal size and frame rate; at 20 frames per second also a
 * paused one. */
static void measure_rate(const char *fps, int rows, int columns)
{
    const char *argv[] = {pdlab, "--fps", fps, NULL};
    struct emulator emulator;
    char what[64];
    emulator_start(&emulator, argv, rows, columns);
    if (!emulator_wait(&emulator, "samples", 10 * SECOND))
        fail("no samples", &emulator);
    snprintf(what, sizeof what, "%dx%d, %s frames/s, running", columns, rows, fps);
    measure_window(&emulator, what, 10);
    if (strcmp(fps, "20") == 0) {
        emulator_type(&emulator, "p");
        if (!emulator_wait(&emulator, "PAUSED", 10 * SECOND))
            fail("no pause", &emulator);
        measure_window(&emulator, "paused", 5);
    }
    emulator_stop(&emulator);
}

static void measure_cost(void)
{
    measure_rate("10", 40, 120);
    measure_rate("20", 40, 120);
    measure_rate("60", 40, 120);
    measure_rate("60", 100, 300);
}

/* ---- interference ---------------------------------------------------------------------------- */

/* Iteration p50 of `variant` in a document, in ns; 0 if it is missing. */
static double p50_of(const char *path, const char *variant)
{
    struct document document = {0};
    struct error error = {0};
    double p50 = 0;
    if (!document_read(path, &document, &error)) {
        fprintf(stderr, "bench_explorer: %s\n", error.text);
        exit(1);
    }
    for (size_t i = 0; i < document.count; i++)
        if (strcmp(document.runs[i].variant, variant) == 0)
            p50 = (double)histogram_percentile(&document.runs[i].histograms[METRIC_ITERATION], 0.5);
    document_free(&document);
    return p50;
}

/* Writes a preset that contains only this variant, so that neither the explorer nor `pdlab run`
 * measures other variants. Returns its path, valid until the next call. */
static const char *write_preset(const char *variant)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s.json", folder, variant);
    FILE *file = fopen(path, "w");
    if (!file)
        fail("no preset could be written", NULL);
    fprintf(file,
            "{\"schema\":\"pdlab.preset/1\",\"title\":\"alone\",\"lesson\":\"attaching\","
            "\"target\":\"persistent_decode\",\"variants\":[\"%s\"],\"knobs\":{}}",
            variant);
    if (fclose(file) != 0)
        fail("no preset could be written", NULL);
    return path;
}

static double run_alone(const char *variant, const char *iterations)
{
    char path[128];
    snprintf(path, sizeof path, "%s/alone.json", folder);
    const char *argv[] = {pdlab,          "run",      "--preset", write_preset(variant),
                          "--iterations", iterations, "--out",    "none",
                          "--json",       path,       NULL};
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(127);
        execv(pdlab, (char *const *)argv);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0)
        fail("pdlab run failed", NULL);
    return p50_of(path, variant);
}

/* Exports a document from the explorer, and reads it: the explorer's message shows its path. */
static double run_attached(const char *variant, const char *iterations)
{
    char path[4096] = "";
    const char *argv[] = {pdlab,          "--fps",    "20", "--preset", write_preset(variant),
                          "--iterations", iterations, NULL};
    struct emulator emulator;
    emulator_start(&emulator, argv, 40, 120);
    if (!emulator_wait(&emulator, "samples", 10 * SECOND))
        fail("no samples", &emulator);
    if (!emulator_wait(&emulator, "DONE", 60 * SECOND))
        fail("not done", &emulator);
    emulator_type(&emulator, "e");
    if (!emulator_wait(&emulator, "artifacts/", 10 * SECOND))
        fail("no export", &emulator);
    const char *said = strstr(emulator_text(&emulator), "artifacts/");
    const char *end = strstr(said, ".json");
    snprintf(path, sizeof path, "%.*s.json", end ? (int)(end - said) : 0, said);
    emulator_stop(&emulator);
    return p50_of(path, variant);
}

static void measure_attaching(const char *variant, const char *iterations, int pairs)
{
    struct evidence alone = {0}, attached = {0};
    for (int i = 0; i < pairs; i++) {
        const bool first = i % 2 == 0; /* alternate the order */
        if (first)
            evidence_add(&alone, run_alone(variant, iterations));
        evidence_add(&attached, run_attached(variant, iterations));
        if (!first)
            evidence_add(&alone, run_alone(variant, iterations));
    }
    char what[80];
    snprintf(what, sizeof what, "%s: attached / alone", variant);
    paired_print(what, &attached, &alone);
}

int main(int argc, char **argv)
{
    char executable[PATH_MAX];
    const char *program = argc > 1 ? argv[1] : "build/pdlab";
    int pairs = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 15;
    if (!realpath(program, executable) || pairs < 1 || pairs > PAIRS_MOST) {
        fprintf(stderr,
                "usage: bench_explorer [PDLAB [PAIRS, 1 to %d [VARIANT...]]]; there is no %s\n",
                PAIRS_MOST, program);
        return 2;
    }
    pdlab = executable;
    if (!mkdtemp(folder) || chdir(folder) != 0) {
        perror(folder);
        return 1;
    }
    clock_start();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 3; i < argc; i++)
        measure_attaching(argv[i], "20000", pairs);
    if (argc <= 3) {
        measure_first_frame();
        measure_knob();
        measure_cost();
        /* About a second per run. */
        measure_attaching("cpu_per_token", "600", pairs);
        measure_attaching("cpu_persistent", "30000", pairs);
    }
    printf("exports are in %s\n", folder);
    return 0;
}
