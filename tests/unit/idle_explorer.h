/*
 * idle_explorer.h - an explorer for tests: on a CPU whose worker never starts, or with recordings
 * made for the test. There is one explorer per process, because each test has its own process.
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
#include "unit.h"

static struct error error; /* of the call that failed last */

extern struct explorer explorer;

/* For TestSuite. The explorer has the default preset, and nothing serves its requests. */
void explorer_open_idle(void);
void explorer_close_idle(void);

/* Presses each character. */
void press_all(const char *keys);

/* A mouse event at a cell of the screen. */
void point_at(enum pointer_kind kind, int row, int column);

/* A time on the main loop's clock, `s` seconds after the tests' time 0, in ns. */
uint64_t seconds(double s);

static inline void open_preset(const char *name)
{
    assert_success(explorer_load_preset(&explorer, name, &error));
}

/* Opens a recording from a file, or an embedded recording. */
void look_at_file(const char *path);

/* Opens a recording of one run of cpu_persistent, made on 2024-02-03. */
void look_at_recording(void);

/* Opens a recording of cpu_per_token at BATCH 1 and 8, and of cpu_persistent at both with STEP_SYNC
 * none and flag, except BATCH 8 with none. `unnamed`: the text that is cut out of the recording's
 * JSON. */
void look_at_points(void);
void look_at_points_without(const char *unnamed);

/* A run of one process whose iterations all took `ns`. */
struct run recorded_run(const char *variant, int64_t batch, uint64_t ns);

/* Opens a recording of these runs, and closes the runs. */
void look_at_runs(struct run *runs, size_t count);
