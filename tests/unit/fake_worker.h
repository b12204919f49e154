/*
 * fake_worker.h - a worker with fake variants, for tests of how a worker handles a device that
 * works, fails, hangs or computes wrong output. There is one worker per process, because each test
 * has its own process.
 */
#pragma once

#include "../../src/engine/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Variants whose output is right. fake_prefilled also has a decode without a prefill. */
extern const struct variant fake_good, fake_good2, fake_prefilled;

/* Equal variants. When one is prepared, it adds 'A' or 'B' to prepared_order. */
extern const struct variant fake_twin_a, fake_twin_b;

/* Variants whose output is wrong, or contains a NaN. */
extern const struct variant fake_wrong, fake_nan;

/* Variants that fail in prepare, submit or poll. fake_lost loses the device in poll. */
extern const struct variant fake_unprepared, fake_unsubmitted, fake_unpolled, fake_lost;

/* Variants that make no progress. fake_hung stops when it is asked to, fake_deaf never. */
extern const struct variant fake_hung, fake_deaf;

/* Variants that keep something running from submit until quiesce. `disturbed` counts calls between
 * the two that are forbidden there. fake_restless fails to quiesce, and so loses the device. */
extern const struct variant fake_resident, fake_restless;
extern int disturbed;

/* The number of variants that are prepared now; calls of prepare and of plan so far. */
extern _Atomic int prepared_now, prepared_ever, plans_ever;

#define PREPARED_MOST 4096
extern char prepared_order[PREPARED_MOST];
extern _Atomic size_t prepared_count;

extern struct worker *worker;
extern struct request request; /* initially for 20 iterations of fake_good */

/* For TestSuite: starts the worker; stops it, and checks that every variant was released. */
void begin_worker(void);
void end_worker(void);

typedef bool (*condition)(const struct snapshot *snapshot);

/* Waits for a new snapshot; returns the old one after a second. */
const struct snapshot *next_look(void);

/* Waits for a snapshot that answers request `id` and meets the condition. It is valid until the
 * next worker_look. */
const struct snapshot *wait_for(uint64_t id, condition meets);

/* Posts `request`, and waits for a snapshot that answers it and meets the condition. */
const struct snapshot *post_and_wait(condition meets);

/* Waits for a snapshot in which run `index` has at least `units` units of evidence. */
const struct snapshot *wait_for_units(uint32_t index, uint32_t units);

/* Conditions: the selected run has ended; it has an iteration; all runs have a verdict; the worker
 * has failed; it is idle. */
bool ended(const struct snapshot *snapshot);
bool measuring(const struct snapshot *snapshot);
bool surveyed(const struct snapshot *snapshot);
bool given_up(const struct snapshot *snapshot);
bool idle(const struct snapshot *snapshot);

const struct run *selected_run(const struct snapshot *snapshot);
