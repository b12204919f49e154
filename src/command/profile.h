/*
 * profile.h - run --profile: one folder per measured variant, with the details of an iteration.
 *
 *     benchmark_profiles/labs/persistent_decode/<run_id>/<variant>/
 *       trace.json     for Perfetto (trace_json.h): from CUPTI and stamps, or from stamps alone
 *       profile.txt    for people (profile_text.h)
 *       nsys.nsys-rep, ncu.ncu-rep   from Nsight Systems and Nsight Compute, if installed
 *
 * All figures are those of the measured runs, before any profiling.
 */
#pragma once

#include "../document/document.h"

#include <stdio.h>

#define PROFILE_FOLDER "benchmark_profiles/labs/persistent_decode"

/* Profiles the document's runs that have samples and did not fail, on device `index`, which no
 * process may have open. Ends early if interrupt_level is raised. Prints progress, and what was
 * unavailable, to `out`. False: a file could not be written, *error; a missing tool or tracer is
 * not an error. */
bool profile_runs(const struct document *document, int index, FILE *out, struct error *error);
