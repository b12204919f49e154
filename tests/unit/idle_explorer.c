#include "idle_explorer.h"
#include "texts.h"
#include "verified_run.h"

#include <unistd.h>

struct explorer explorer;

void explorer_open_idle(void)
{
    struct targets targets;
    memset(&explorer, 0, sizeof explorer);
    knobs_reset(&explorer.settings);
    assert_success(preset_load(PRESET_DEFAULT, &explorer.preset, &error));
    preset_apply(&explorer.preset, &explorer.settings);
    cr_assert(preset_choose(&explorer.preset, BACKEND_CPU, &targets, &error));
    explorer.request.count = targets.count;
    memcpy(explorer.request.variants, targets.variants, sizeof targets.variants);
    explorer_resize(&explorer, 40, 120);
}

void explorer_close_idle(void)
{
    explorer_close(&explorer);
}

void press_all(const char *keys)
{
    for (; *keys; keys++)
        explorer_press(&explorer, *keys);
}

void point_at(enum pointer_kind kind, int row, int column)
{
    explorer_point(&explorer, &(struct pointer){.row = row, .column = column, .kind = kind});
}

void look_at_file(const char *path)
{
    assert_success(explorer_open_recording(&explorer, path, &error));
}

/* Opens a recording of these runs, without the first `unnamed` in the recording's JSON, and closes
 * the runs. */
static void look_at_runs_without(struct run *runs, size_t count, const char *unnamed)
{
    struct document document;
    size_t length;
    document_describe(&document, &some_cpu, runs, count);
    char *text = document_print(&document, &length), *rest = replaced(text, unnamed, "");
    char name[32]; /* tests run in parallel */
    snprintf(name, sizeof name, "looked-at-%d.json", (int)getpid());
    FILE *file = fopen(name, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(rest, file), 0);
    cr_assert_eq(fclose(file), 0);
    look_at_file(name);
    unlink(name);
    free(rest);
    free(text);
    for (size_t i = 0; i < count; i++)
        run_close(&runs[i]);
}

void look_at_recording(void)
{
    struct histogram *step;
    struct run run;
    struct document document;
    size_t length;
    open_verified(&run, "cpu_persistent", NULL);
    run.used.step_sync = SYNC_FLAG;
    run.used.threads = 3;
    run.used.spin_ns = 0;
    step = &run.histograms[METRIC_STEP];
    for (uint64_t ns = 1000; ns < 2000; ns++)
        histogram_record(step, ns);
    histogram_record(&run.histograms[METRIC_ITERATION], 50000);
    document_describe(&document, &some_cpu, &run, 1);
    strcpy(document.run_id, "20240203T040506Z-0001");
    strcpy(document.recorded_utc, "2024-02-03T04:05:06Z");
    strcpy(document.version, "0.0.9");
    strcpy(document.git_revision, "abcdef");
    char *text = document_print(&document, &length);
    assert_success(source_open_text(&explorer.source, text, length, "test", &error));
    points_begin(&explorer.source.points, &explorer.point);
    free(text);
    run_close(&run);
}

/* cpu_per_token does not read STEP_SYNC. A typical iteration has four steps of 1 us. */
void look_at_points_without(const char *unnamed)
{
    static const struct {
        const char *variant;
        int64_t batch, sync;
    } recorded[] = {
        {"cpu_per_token", 1, SYNC_AUTO},  {"cpu_per_token", 8, SYNC_AUTO},
        {"cpu_persistent", 1, SYNC_NONE}, {"cpu_persistent", 1, SYNC_FLAG},
        {"cpu_persistent", 8, SYNC_FLAG},
    };
    struct stamp stamps[] = {{100, 1000}, {1100, 2000}, {2100, 3000}, {3100, 4000}};
    struct run runs[5];
    for (size_t i = 0; i < 5; i++) {
        struct knobs knobs = knobs_defaults();
        knobs.batch = recorded[i].batch;
        knobs.step_sync = recorded[i].sync;
        open_verified(&runs[i], recorded[i].variant, &knobs);
        runs[i].used.threads = 1;
        histogram_record(&runs[i].histograms[METRIC_ITERATION], 80000 / (i + 1));
        if (i != 4)
            cr_assert(trace_take(&runs[i].typical, stamps, NULL, 4, 4, 1, 0, 5000));
    }
    look_at_runs_without(runs, 5, unnamed);
}

void look_at_points(void)
{
    look_at_points_without("");
}

uint64_t seconds(double s)
{
    return (uint64_t)(1e9 * (1 + s));
}

struct run recorded_run(const char *variant, int64_t batch, uint64_t ns)
{
    struct run run;
    struct knobs knobs = knobs_defaults();
    knobs.batch = batch;
    open_verified(&run, variant, &knobs);
    run.used.threads = 1;
    record_times(&run, METRIC_ITERATION, ns, 20);
    return run;
}

void look_at_runs(struct run *runs, size_t count)
{
    look_at_runs_without(runs, count, "");
}
