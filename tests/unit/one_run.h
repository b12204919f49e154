/*
 * one_run.h - the run of a test that needs only one.
 */
#pragma once

#include "verified_run.h"

static struct run run;

/* For TestSuite. */
static inline void open_run(void)
{
    cr_assert(run_open(&run));
}

static inline void close_run(void)
{
    run_close(&run);
}
