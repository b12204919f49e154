/*
 * main.c - pdlab: parses the command line and runs the command.
 */
#include "../kernels/clock.h"
#include "../src/base/standard.h"
#include "../src/base/streams.h"
#include "../src/command/against.h"
#include "../src/command/commands.h"
#include "loop.h"
#include "manual.h"
#include "model/view.h"
#include "terminal/keys.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool has_terminal(void)
{
    const char *name = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !(name && strcmp(name, "dumb") == 0);
}

/* Whether the explorer can compare this build with the one named by --against. False: *error. */
static bool can_compare(const struct options *options, bool reports, struct error *error)
{
    if (reports)
        return error_set(error, ERROR_INPUT,
                         "--against compares in the explorer, which needs a terminal: without one, "
                         "use pdlab run --against %s",
                         options->against);
    return against_check(options->against, error);
}

/* Opens the explorer or, without a terminal or with --plain, prints the report. *lost: this process
 * has lost a device, so the driver's exit handlers may hang. */
static int explore_as(const struct options *options, const struct user_setup *setup,
                      const struct error *broken, bool *lost)
{
    struct explorer_end end;
    struct error error;
    if (options->restore && !has_terminal()) {
        error_set(&error, ERROR_INPUT, "--restore opens the explorer, which needs a terminal");
        return command_fail(&error);
    }
    const bool plain = options->command != COMMAND_DEMO && options->plain;
    const bool reports = plain || !has_terminal();
    if (options->against && !can_compare(options, reports, &error))
        return command_fail(&error);
    if (reports) {
        if (broken->kind != ERROR_NONE)
            fprintf(stderr, "pdlab: %s; the set-up is not used\n", broken->text);
        streams_guard_stdout();
        return options->command == COMMAND_REPLAY ? command_report_recordings(options)
                                                  : command_report(options);
    }
    explorer_run(options, setup, broken, &end);
    int status = end.error.kind == ERROR_NONE ? EXIT_SUCCESS : command_fail(&end.error);
    *lost = end.lost;
    return status;
}

/* Loads the demo, if one was asked for, and the user's set-up. Then opens the explorer. */
static int explore(const struct options *options, bool *lost)
{
    static struct user_setup setup;
    struct options preferred = *options;
    struct error broken = {0};
    static struct demo demo;
    if (options->command == COMMAND_DEMO) {
        if (!demo_load(options->files[0], view_words, &demo, &broken))
            return command_fail(&broken);
        if (!has_terminal()) {
            error_set(&broken, ERROR_INPUT, "demo plays in the explorer, which needs a terminal");
            return command_fail(&broken);
        }
        preferred.demo = &demo;
    }
    user_setup_read(&setup, &broken);
    preferred.plain |= setup.plain;
    if (setup.device[0])
        preferred.preferred_device = setup.device;
    return explore_as(&preferred, &setup, &broken, lost);
}

static int help(const struct options *options)
{
    if (options->help_topic && strcmp(options->help_topic, "keys") == 0)
        keys_print(stdout);
    else if (options->help_topic && strcmp(options->help_topic, "man") == 0)
        manual_print(stdout);
    else
        options_help(options);
    return command_end(EXIT_SUCCESS);
}

/* Whether the command may open the explorer, which then owns standard output. */
static bool may_explore(const struct options *options)
{
    return options->command == COMMAND_EXPLORE || options->command == COMMAND_REPLAY ||
           (options->command == COMMAND_DEMO && !options->check && options->files[0]);
}

static int dispatch(const struct options *options, bool *lost)
{
    static int (*const commands[])(const struct options *options) = {
        [COMMAND_RUN] = command_run,
        [COMMAND_LIST] = command_list,
        [COMMAND_VERIFY] = command_verify,
        [COMMAND_DOCTOR] = command_doctor,
        [COMMAND_COMPARE] = command_compare,
        [COMMAND_SWEEP] = command_sweep,
        [COMMAND_HELP] = help,
        [COMMAND_VERSION] = help,
    };
    if (may_explore(options))
        return explore(options, lost);
    streams_guard_stdout();
    if (options->command == COMMAND_DEMO)
        return options->check ? command_demo_check(options, view_words)
                              : command_demo_list(options);
    return commands[options->command](options);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error;
    standard_open();
    prctl(PR_SET_NAME, program_invocation_short_name); /* a restart would leave the name "exe" */
    signal(SIGPIPE, SIG_IGN); /* if a pipe has no reader, the write fails */
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the file size limit also fails */
    streams_guard_stderr();
    clock_start();
    if (!options_parse(argc, argv, &options, &error))
        return command_fail(&error);
    if (!command_open_model(&options, &error))
        return command_fail(&error);
    bool lost = false;
    int status = dispatch(&options, &lost);
    if (lost) {
        fflush(NULL);
        _exit(status);
    }
    return status;
}
