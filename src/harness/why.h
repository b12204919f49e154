/*
 * why.h - says in one sentence why one run is faster than another: which part of a step, or of an
 * iteration, differs most between the two.
 *
 * "B is faster: its gap is 0 ns, A's 3.78 us of a 4.19 us step (p50)"
 *
 * If first token or sync takes more of the faster run's iteration than its steps do, the sentence
 * compares iterations:
 *
 * "B is faster: its gap is 310 ns, A's 75.1 us of an 87.4 us iteration; first token takes 21.9 us
 * of B's 29.4 us (p50)"
 *
 * If the sentence compares steps, and both runs measured the same operations, it also names the
 * operation that differs most:
 *
 * "B is faster: its compute is 141 us, A's 187 us of a 190 us step (p50); its gate, up takes 71.0
 * us, A's 99.0 us (mean)"
 */
#pragma once

#include "../engine/compare.h"

#define WHY_ROOM 320u

/* Writes the sentence for two runs and their names, without a full stop. `comparison` compares `b`
 * with the reference `a`; its outcome determines how certain the sentence is. Returns false and
 * writes "" if the runs are not comparable, or if neither parts nor whole steps explain the
 * outcome. */
bool why_text(const struct run *a, const char *a_name, const struct run *b, const char *b_name,
              const struct comparison *comparison, char text[WHY_ROOM]);
