/*
 * fake_worker.h - a worker with fake variants, for tests: how it handles a device that works,
 * fails, hangs or answers wrongly must not depend on real kernels. One per process, because each
 * test runs in its own.
 */
#pragma once

#include "../../src/engine/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Right; fake_prefilled also has a decode without a prefill. */
extern const struct variant fake_good, fake_good2, fake_prefilled;

/* Two that are alike. They note in prepared_order, as 'A' and 'B', when they are prepared. */
extern const struct variant fake_twin_a, fake_twin_b;

/* Wrong output; a NaN in it. */
extern const struct variant fake_wrong, fake_nan;

/* Fail in prepare, submit or poll; fake_lost loses the device in poll. */
extern const struct variant fake_unprepared, fake_unsubmitted, fake_unpolled, fake_lost;

/* Makes no progress until it is told to stop; does not even stop then. */
extern const struct variant fake_hung, fake_deaf;

/* Keep something running from submit until quiesce, and count in `disturbed` other calls that come
 * between. Nothing that fake_restless runs ends at quiesce: it loses the device. */
extern const struct variant fake_resident, fake_restless;
extern int disturbed;

/* Variants that are prepared now; calls of prepare and plan so far. */
extern _Atomic int prepared_now, prepared_ever, plans_ever;

#define PREPARED_MOST 4096
extern char prepared_order[PREPARED_MOST];
extern _Atomic size_t prepared_count;

extern struct worker *worker;
extern struct request request; /* at first 20 iterations of fake_good */

/* For TestSuite: start the worker; stop it, and check that every variant was released. */
void begin_worker(void);
void end_worker(void);

typedef bool (*condition)(const struct snapshot *snapshot);

/* A new snapshot, or the old one after a second. */
const struct snapshot *next_look(void);

/* Waits for a snapshot that answers request `id` and meets the condition. It is valid until the
 * next worker_look. */
const struct snapshot *wait_for(uint64_t id, condition meets);

/* Waits for a snapshot in which run `index` has so many units of evidence. */
const struct snapshot *wait_for_units(uint32_t index, uint32_t units);

/* Conditions: the selected run has ended, or has an iteration; all runs are verified; the worker's
 * state. */
bool ended(const struct snapshot *snapshot);
bool measuring(const struct snapshot *snapshot);
bool surveyed(const struct snapshot *snapshot);
bool given_up(const struct snapshot *snapshot);
bool idle(const struct snapshot *snapshot);

const struct run *selected_run(const struct snapshot *snapshot);
