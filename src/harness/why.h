/*
 * why.h - why one run is faster than another, in one sentence: which part of a step, or of an
 * iteration, differs most between the two.
 *
 * "B is faster: its gap is 0 ns, A's 3.78 us of a 4.19 us step (p50)"
 *
 * If first token or sync takes more of the faster one's iteration than its steps do, it speaks of
 * iterations and says so:
 *
 * "B is faster: its gap is 310 ns, A's 75.1 us of an 87.4 us iteration; first token takes 21.9 us
 * of B's 29.4 us (p50)"
 *
 * If both measured the same operations, and it speaks of steps, it names the one that differs most:
 *
 * "B is faster: its compute is 141 us, A's 187 us of a 190 us step (p50); its gate, up takes 71.0
 * us, A's 99.0 us (mean)"
 */
#pragma once

#include "../engine/compare.h"

#define WHY_ROOM 320u

/* Writes the sentence for two runs and what they are called, with no full stop at its end.
 * `comparison` is of `b` with the reference `a`: how far the sentence may go depends on its
 * outcome. False, and "": the two are no like workloads, or it is not known how their steps divide.
 */
bool why_text(const struct run *a, const char *a_name, const struct run *b, const char *b_name,
              const struct comparison *comparison, char text[WHY_ROOM]);
