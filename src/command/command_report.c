/*
 * command_report.c - the plain report of live runs and recordings: pdlab's output without a
 * terminal.
 */
#include "../base/fold.h"
#include "../base/text.h"
#include "../harness/measure.h"
#include "../harness/report_verdicts.h"
#include "commands.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define REPORT_NS  UINT64_C(9000000000) /* time limit of all variants together */
#define VARIANT_NS UINT64_C(2000000000) /* time limit of one variant */

/* ---- live ----------------------------------------------------------------------------------- */

static void print_preset(const struct preset *preset)
{
    printf("pdlab report of the preset %s: %s\n", preset->name, preset->title);
    fold_print(stdout, printf("lesson"), 10, preset->lesson);
}

static void print_live(const struct options *options, const struct isolate *isolate)
{
    struct report report = {.out = stdout,
                            .plain = options->plain,
                            .unicode = command_unicode(options),
                            .device = &isolate->device,
                            .settings = &options->settings};
    print_preset(&options->preset);
    report_device(&report, &isolate->device);
    command_say_environment(options, stdout);
    putchar('\n');
    report_table(&report, isolate->runs, isolate->count);
    for (uint32_t i = 0; i < isolate->count; i++)
        report_run(&report, &isolate->runs[i]);
}

static int measure_and_print(const struct options *options, const struct targets *targets,
                             struct isolate *isolate)
{
    struct error error = {0};
    if (!command_can_run(targets, isolate->runs, &error))
        return command_fail(&error);
    uint64_t share_ns = REPORT_NS / targets->count;
    share_ns = share_ns < VARIANT_NS ? share_ns : VARIANT_NS;
    struct isolate_order order = {.knobs = options->settings.knobs,
                                  .limit_ns = share_ns,
                                  .no_telemetry = options->no_telemetry};
    for (uint32_t i = 0; i < targets->count && interrupt_level == 0; i++)
        isolate_perform(isolate, i, &order);
    print_live(options, isolate);
    return interrupt_level > 0 ? interrupt_end("the results measured so far are shown")
                               : command_judge(isolate->runs, isolate->count);
}

int command_report(const struct options *options)
{
    struct error error = {0};
    struct targets targets;
    static struct isolate isolate;
    interrupt_watch();
    if (!command_check_inputs(options, NULL, &error) ||
        !command_open(options, &measure_task, &isolate, &targets, &error))
        return command_fail(&error);
    int status = measure_and_print(options, &targets, &isolate);
    isolate_close(&isolate);
    return command_end(status);
}

/* ---- recordings ----------------------------------------------------------------------------- */

static void print_recording(const struct options *options, const struct document *document,
                            const char *path)
{
    char recorded[256], shown[PATH_MAX];
    snprintf(recorded, sizeof recorded, "RECORDED on %s, %s",
             *document->device.name ? document->device.name : document->device.id,
             document->recorded_utc);
    struct report report = {.out = stdout,
                            .plain = options->plain,
                            .unicode = command_unicode(options),
                            .recorded = recorded,
                            .device = &document->device};
    printf("pdlab report of the recording %s\n", text_visible(shown, sizeof shown, path));
    report_device(&report, &document->device);
    putchar('\n');
    report_table(&report, document->runs, document->count);
    if (document->rounds > 0)
        report_verdicts(&report, &document->device, document->runs, document->count);
    for (size_t i = 0; i < document->count; i++)
        report_run(&report, &document->runs[i]);
}

int command_report_recordings(const struct options *options)
{
    struct error error = {0};
    size_t count = 0;
    interrupt_leave();
    while (options->files[count])
        count++;
    struct document *documents = calloc(count, sizeof *documents);
    if (!documents)
        return command_no_memory("the recordings");
    size_t done = 0; /* all documents are read before anything is printed */
    if (command_check_inputs(options, "replay", &error))
        while (done < count && document_read(options->files[done], &documents[done], &error))
            done++;
    for (size_t i = 0; i < count && done == count; i++) {
        if (i > 0)
            putchar('\n');
        print_recording(options, &documents[i], options->files[i]);
    }
    for (size_t i = 0; i < done; i++)
        document_free(&documents[i]);
    free(documents);
    return done < count ? command_fail(&error) : command_end(0);
}
