/*
 * idle_explorer.h - an explorer for units: of a CPU whose worker was not started, or of recordings
 * made up for the test. One for the process, as each test has one of its own.
 */
#ifndef TESTS_IDLE_EXPLORER_H
#define TESTS_IDLE_EXPLORER_H

#include "../../ui/model/explorer_against.h"
#include "../../ui/model/explorer_axes.h"
#include "../../ui/model/explorer_demo.h"
#include "../../ui/model/explorer_export.h"
#include "../../ui/model/explorer_knobs.h"
#include "../../ui/model/explorer_open.h"
#include "../../ui/model/explorer_overlay.h"
#include "../../ui/model/explorer_private.h"
#include "../../ui/model/explorer_replay.h"
#include "../../ui/model/explorer_rows.h"
#include "../../ui/model/explorer_setup.h"
#include "../../ui/model/explorer_sweep.h"
#include "../../ui/model/explorer_tags.h"
#include "../../ui/model/explorer_timeline.h"

extern struct explorer explorer;

/* For TestSuite: of the default preset; requests are made, and nobody serves them. */
void explorer_open_idle(void);
void explorer_close_idle(void);

/* Presses each character. */
void press_all(const char *keys);

/* Seconds on the loop's clock. */
uint64_t seconds(double s);

/* A recording of one run of cpu_persistent, of 2024-02-03. */
void look_at_recording(void);

/* A recording of cpu_per_token at BATCH 1 and 8, and of cpu_persistent at both with STEP_SYNC none
 * and flag; but for BATCH 8, none. `unnamed`: what is cut from its text. */
void look_at_points(void);
void look_at_points_without(const char *unnamed);

/* A recorded run of one process, whose samples all took as long; and a recording of such runs,
 * which are closed. */
struct run recorded_run(const char *variant, int64_t batch, uint64_t ns);
void look_at_runs(struct run *runs, size_t count);

#endif
