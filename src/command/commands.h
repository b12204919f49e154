/*
 * commands.h - pdlab's commands without a terminal. Each prints errors on standard error, one per
 * line, and returns the exit status:
 *
 *     0        done
 *     1        a run failed, or output could not be written
 *     2        bad input
 *     3        nothing can run here
 *     128 + N  signal N ended the command
 */
#pragma once

#include "../base/interrupt.h"
#include "../document/document.h"
#include "../engine/targets.h"
#include "../harness/isolate.h"
#include "options.h"

#include <stdio.h>

int command_run(const struct options *options);
int command_list(const struct options *options);
int command_verify(const struct options *options);

/* Measures every device, or that of --device, and keeps its ceilings for the floor. */
int command_doctor(const struct options *options);

int command_compare(const struct options *options);
int command_sweep(const struct options *options);

/* Validates each demo (options->files). `views`: as for demo_load. */
int command_demo_check(const struct options *options, const char *const *views);

/* Lists the embedded demos: name, title, and the device or recording that each plays on. */
int command_demo_list(const struct options *options);

/* Prints the plain report: every variant of the preset that can run here, with percentiles,
 * speed-up, verification and a text histogram. Takes at most 20 s if iterations are short. */
int command_report(const struct options *options);

/* Like command_report, for recordings (options->files). */
int command_report_recordings(const struct options *options);

/* Opens the checkpoint of --model, if one is given, for the rest of the process. Call it before a
 * device is opened, and before a child is forked, which inherits the checkpoint. False: *error. */
bool command_open_model(const struct options *options, struct error *error);

/* Prints `error` as pdlab does: "pdlab: …" on standard error. Returns the exit status for it. */
int command_fail(const struct error *error);

/* Prints that there is no memory for `what`. Returns the exit status. */
int command_no_memory(const char *what);

/* Call it last: flushes standard output. Returns `status`, or 1 with a message if printing
 * failed and the command was not interrupted. If the reader of standard output is gone, ends
 * like standard_end_unread. */
int command_end(int status);

/* ---- shared by the commands ----------------------------------------------------------------- */

/* Fills *targets with the variants that the options choose on this backend. False: *error. */
bool command_choose(const struct options *options, enum backend backend, struct targets *targets,
                    struct error *error);

/* Decides what to do about *why: a device that is missing, or has none of the variants. If the user
 * named no device, chooses the next backend, reports that on standard error, and returns true. */
bool command_fall_back(const struct options *options, const struct error *why,
                       enum backend *backend, int *device);

/* Chooses device and variants, and makes a child process open the device for `task`. */
bool command_open(const struct options *options, const struct isolate_task *task,
                  struct isolate *isolate, struct targets *targets, struct error *error);

/* If the device was not measured, or the result could not be kept, reports the reason on standard
 * error. */
void command_say_unmeasured(const struct isolate *isolate);

/* Whether the requested variants can run. False if a variant that the user named was skipped, or if
 * all were; *error is then ERROR_UNSUPPORTED. `runs` are those of targets->variants. */
bool command_can_run(const struct targets *targets, const struct run *runs, struct error *error);

/* Returns the exit status for the runs: 1 if one failed or its output was wrong. */
int command_judge(const struct run *runs, size_t count);

/* Refuses to print to a file that the command reads: the preset, or one of options->files. `name`
 * is what the message calls these; NULL: there are none. */
bool command_check_inputs(const struct options *options, const char *name, struct error *error);

/* Whether text may use UTF-8. It may not with --ascii, on a Linux console, or in a locale of
 * another encoding. */
bool command_unicode(const struct options *options);

/* Prints the environment variables that set knobs, if any, on one line. */
void command_say_environment(const struct options *options, FILE *out);

/* Warns on standard error of variables that resemble pdlab's but are unknown (environment.h). */
void command_warn_environment(void);
