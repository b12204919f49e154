/*
 * idle_explorer.h - an explorer for tests: on a CPU whose worker never starts, or with recordings
 * made for the test. One per process, because each test runs in its own.
 */
#pragma once

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

/* For TestSuite: uses the default preset; nothing serves its requests. */
void explorer_open_idle(void);
void explorer_close_idle(void);

/* Presses each character. */
void press_all(const char *keys);

/* A mouse event at a cell of the screen. */
void point_at(enum pointer_kind kind, int row, int column);

/* Seconds on the loop's clock. */
uint64_t seconds(double s);

/* The recording in a file, or an embedded one. */
void look_at_file(const char *path);

/* A recording of one run of cpu_persistent, of 2024-02-03. */
void look_at_recording(void);

/* A recording of cpu_per_token at BATCH 1 and 8, and of cpu_persistent at both with STEP_SYNC none
 * and flag, except BATCH 8 with none. `unnamed`: text to cut from it. */
void look_at_points(void);
void look_at_points_without(const char *unnamed);

/* A recorded run of one process whose samples are all equal; and a recording of such runs, which it
 * closes. */
struct run recorded_run(const char *variant, int64_t batch, uint64_t ns);
void look_at_runs(struct run *runs, size_t count);
