/*
 * one_run.h - a run, for tests that need only one.
 */
#pragma once

#include "verified_run.h"

static struct run run;

/* For TestSuite: open the run, and close it. */
static inline void open_run(void)
{
    cr_assert(run_open(&run));
}

static inline void close_run(void)
{
    run_close(&run);
}
