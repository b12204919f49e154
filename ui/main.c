/*
 * main.c - pdlab. Reads the command line and hands over to what was asked for.
 */
#include "../kernels/clock.h"
#include "../src/commands.h"
#include "keys.h"
#include "loop.h"
#include "terminal.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_terminal(void)
{
    const char *name = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !(name && strcmp(name, "dumb") == 0);
}

static int explore(const struct options *options)
{
    struct error error;
    int signal_number;
    if (options->plain || !has_terminal())
        return options->command == COMMAND_REPLAY ? command_report_recordings(options)
                                                  : command_report(options);
    error.kind = ERROR_NONE;
    int status = explorer_run(options, &signal_number, &error);
    if (signal_number != 0)
        terminal_die_of(signal_number);
    return error.kind == ERROR_NONE ? status : command_fail(&error);
}

static int help(const struct options *options)
{
    if (options->help_topic && strcmp(options->help_topic, "keys") == 0)
        keys_print(stdout);
    else
        options_help(options);
    return command_end(EXIT_SUCCESS);
}

static int dispatch(const struct options *options)
{
    switch (options->command) {
    case COMMAND_EXPLORE:
    case COMMAND_REPLAY:
        return explore(options);
    case COMMAND_RUN:
        return command_run(options);
    case COMMAND_LIST:
        return command_list(options);
    case COMMAND_VERIFY:
        return command_verify(options);
    case COMMAND_DOCTOR:
        return command_doctor(options);
    case COMMAND_COMPARE:
        return command_compare(options);
    case COMMAND_SWEEP:
        return command_sweep(options);
    case COMMAND_HELP:
    case COMMAND_VERSION:
        break;
    }
    return help(options);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error;
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers are read and written alike everywhere */
    signal(SIGPIPE, SIG_IGN);   /* a reader that went away is an error of that write */
    clock_start();
    if (!options_parse(argc, argv, &options, &error))
        return command_fail(&error);
    return dispatch(&options);
}
