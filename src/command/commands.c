#include "commands.h"

#include "../base/fold.h"
#include "../base/standard.h"
#include "../base/text.h"
#include "../document/checkpoint.h"
#include "../engine/backend_name.h"
#include "environment.h"
#include "outputs.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int command_fail(const struct error *error)
{
    fprintf(stderr, "pdlab: %s\n", error->text);
    return error->kind == ERROR_LOST ? 1 : (int)error->kind;
}

int command_no_memory(const char *what)
{
    struct error error;
    error_set(&error, ERROR_RUN, "no memory for %s", what);
    return command_fail(&error);
}

int command_end(int status)
{
    bool failed_before = ferror(stdout);
    errno = 0;
    if (fflush(stdout) == 0 && !failed_before)
        return status;
    const int why = errno;
    struct error error;
    standard_end_unread();
    error_set(&error, ERROR_RUN, "could not write standard output: %s",
              why ? strerror(why) : "an earlier write failed");
    const int failed = command_fail(&error);
    return interrupt_level > 0 ? status : failed;
}

bool command_open_model(const struct options *options, struct error *error)
{
    struct stat status;
    char shown[80], accepted[256];
    if (!options->model)
        return true;
    if (stat(options->model, &status) != 0 && errno == ENOENT) {
        knob_accepts(KNOB_MODEL, accepted, sizeof accepted);
        return error_set(error, ERROR_INPUT, "--model takes %s, or a folder; there is no %s",
                         accepted, text_quote(shown, sizeof shown, options->model));
    }
    const struct checkpoint *checkpoint = checkpoint_open(options->model, error);
    if (checkpoint)
        model_checkpoint_use(&checkpoint->model);
    return checkpoint != NULL;
}

void command_say_environment(const struct options *options, FILE *out)
{
    char used[ENVIRONMENT_ROOM], line[ENVIRONMENT_ROOM + 32];
    if (!*environment_used(&options->settings, used))
        return;
    snprintf(line, sizeof line, "knobs from the environment: %s", used);
    fold_print(out, 0, 10, line);
}

void command_warn_environment(void)
{
    struct error sentence;
    for (size_t i = 0; environment_unknown(i, &sentence); i++)
        fprintf(stderr, "pdlab: %s\n", sentence.text);
}

bool command_check_inputs(const struct options *options, const char *name, struct error *error)
{
    const char *preset = *options->preset.path ? options->preset.path : NULL;
    struct output input = {.use = OUTPUT_READ, .name = "--preset", .path = preset};
    if (!outputs_check(&input, 1, error))
        return false;
    input.name = name;
    for (size_t i = 0; name && (input.path = options->files[i]) != NULL; i++)
        if (!outputs_check(&input, 1, error))
            return false;
    return true;
}

bool command_choose(const struct options *options, enum backend backend, struct targets *targets,
                    struct error *error)
{
    if (options->targets)
        return targets_parse(options->targets, backend, targets, error);
    return preset_choose(&options->preset, backend, targets, error);
}

bool command_fall_back(const struct options *options, const struct error *why,
                       enum backend *backend, int *device)
{
    enum backend before = *backend;
    if (options->device || !device_fall_back(why, backend, device))
        return false;
    fprintf(stderr, "pdlab: using %s instead of %s: %s\n", backend_name(*backend),
            backend_name(before), why->text);
    return true;
}

void command_say_unmeasured(const struct isolate *isolate)
{
    if (isolate->unmeasured.kind != ERROR_NONE)
        fprintf(stderr, "pdlab: %s\n", isolate->unmeasured.text);
}

bool command_open(const struct options *options, const struct isolate_task *task,
                  struct isolate *isolate, struct targets *targets, struct error *error)
{
    enum backend backend;
    int device;
    bool opened;
    command_warn_environment();
    if (!device_choose(options->device, options->preferred_device, &backend, &device, error))
        return false;
    do {
        opened = command_choose(options, backend, targets, error) &&
                 isolate_open(isolate, task, backend, device, targets->variants, targets->count,
                              &options->settings.knobs, error);
    } while (!opened && command_fall_back(options, error, &backend, &device));
    if (opened)
        command_say_unmeasured(isolate);
    return opened;
}

bool command_can_run(const struct targets *targets, const struct run *runs, struct error *error)
{
    uint32_t skipped = 0;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (runs[i].status != RUN_SKIPPED)
            continue;
        skipped++;
        if (targets->by_name[i])
            return error_set(error, ERROR_UNSUPPORTED, "%s can't run here: %s", runs[i].variant,
                             runs[i].error.text);
    }
    if (skipped < targets->count)
        return true;
    return error_set(error, ERROR_UNSUPPORTED, "no variant of %s can run here: %s", runs[0].target,
                     runs[0].error.text);
}

int command_judge(const struct run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (runs[i].status == RUN_FAILED || runs[i].verification.verdict == VERDICT_WRONG)
            return 1;
    return 0;
}

/* Asks the locale for its encoding without setting it. */
bool command_unicode(const struct options *options)
{
    const locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const bool is_utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale)
        freelocale(locale);
    return is_utf8 && !options->ascii && !(text_console() && isatty(STDOUT_FILENO));
}
