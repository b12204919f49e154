/*
 * sweep_table.h - prints the results of a running sweep on standard output: one row per variant and
 * point.
 */
#pragma once

#include "sweep_summary.h"

void sweep_print_head(const struct sweep *sweep);

/* Prints the rows of a finished point. */
void sweep_print_point(const struct sweep *sweep, const struct sweep_results *results,
                       uint32_t number);
