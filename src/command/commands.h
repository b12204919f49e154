/*
 * commands.h - what pdlab does without a terminal. Each returns the exit status (0 done, 1 a run
 * failed or output could not be written, 2 bad input, 3 nothing can run here, 128 + the number of a
 * signal that ended it) and prints mistakes on standard error, a line each.
 */
#ifndef SRC_COMMANDS_H
#define SRC_COMMANDS_H

#include "../base/interrupt.h"
#include "../document/document.h"
#include "../engine/targets.h"
#include "../harness/isolate.h"
#include "options.h"

#include <stdio.h>

int command_run(const struct options *options);
int command_list(const struct options *options);
int command_verify(const struct options *options);

/* Measures every device, or the one of --device, and keeps what it found for the floor. */
int command_doctor(const struct options *options);

int command_compare(const struct options *options);
int command_sweep(const struct options *options);

/* Says of each demo (options->files) whether it is right. `views`: as demo_load takes them. */
int command_demo_check(const struct options *options, const char *const *views);

/* Lists the embedded demos: name, what each teaches, and what it plays on here. */
int command_demo_list(const struct options *options);

/* The plain report: every variant of the preset that runs here, percentiles, speed-up, verified, a
 * histogram in text. Takes at most 20 s at shapes whose iterations are short. */
int command_report(const struct options *options);

/* The same report of recordings (options->files). */
int command_report_recordings(const struct options *options);

/* Prints `error` as pdlab does: "pdlab: …" on standard error. Returns its exit status. */
int command_fail(const struct error *error);

/* Call it last: sees standard output through. Returns `status`, or 1 with a sentence where what was
 * printed could not be written and the command was not interrupted. If the reader of standard
 * output has gone, ends as standard_end_unread does. */
int command_end(int status);

/* ---- shared by the commands ----------------------------------------------------------------- */

/* The variants that the options ask for on this backend. */
bool command_choose(const struct options *options, enum backend backend, struct targets *targets,
                    struct error *error);

/* Whether to go on with another device in the place of one that was not asked for by name, after
 * *why: it is not there, or has no such variant. Says so on standard error. */
bool command_fall_back(const struct options *options, const struct error *why,
                       enum backend *backend, int *device);

/* Chooses device and variants and has a child process open the device for `task`. */
bool command_open(const struct options *options, const struct isolate_task *task,
                  struct isolate *isolate, struct targets *targets, struct error *error);

/* Says on standard error why the device was not measured, or that this could not be kept; nothing
 * where all is well. */
void command_say_unmeasured(const struct isolate *isolate);

/* Whether what was asked for can run: not, if a variant asked for by its own name was skipped, or
 * all were. `runs` are those of targets->variants. *error is then ERROR_UNSUPPORTED. */
bool command_can_run(const struct targets *targets, const struct run *runs, struct error *error);

/* The exit status that runs deserve: 1 where one failed or its output was wrong. */
int command_judge(const struct run *runs, size_t count);

/* Refuses to print to a file that the command reads: the preset, and options->files unless `name`,
 * which the sentence calls them by, is NULL. */
bool command_check_inputs(const struct options *options, const char *name, struct error *error);

/* Whether text may be in UTF-8: by the locale, unless --ascii or on a Linux console. */
bool command_unicode(const struct options *options);

/* Names the variables of the environment that knobs come from, if any, in a line. */
void command_say_environment(const struct options *options, FILE *out);

/* Warns, on standard error, of variables that look like ours and are not (environment.h). */
void command_warn_environment(void);

#endif
