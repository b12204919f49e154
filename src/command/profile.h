/*
 * profile.h - run --profile: for each variant that was measured a folder with what happened in an
 * iteration.
 *
 *     benchmark_profiles/labs/persistent_decode/<run_id>/<variant>/
 *         trace.json     for Perfetto (trace_json.h): of CUPTI and stamps, else of stamps alone
 *         profile.txt    for a person (profile_text.h)
 *         nsys.nsys-rep, ncu.ncu-rep   of Nsight Systems and Nsight Compute, where they are here
 *
 * All figures are of the runs as they were measured, before and without any of this.
 */
#ifndef SRC_PROFILE_H
#define SRC_PROFILE_H

#include "../document/document.h"

#include <stdio.h>

#define PROFILE_FOLDER "benchmark_profiles/labs/persistent_decode"

/* Profiles the document's runs that have samples and did not fail, on device `index`; no process
 * may have it open. Ends early where interrupt_level is raised. Lines of progress and of what could
 * not be had go to `out`. False: a file could not be written, *error; what a tool or a tracer lacks
 * is no error. */
bool profile_runs(const struct document *document, int index, FILE *out, struct error *error);

#endif
