/*
 * why.h - why one run is faster than another, in one sentence: which part of a step, or of an
 * iteration, differs most between the two.
 *
 * "B is faster: its gap is 0 ns, A's 3.78 us of a 4.19 us step"
 */
#ifndef SRC_WHY_H
#define SRC_WHY_H

#include "../engine/compare.h"

#define WHY_ROOM 200u

/* Writes the sentence for two runs and what they are called, with no full stop at its end.
 * `comparison` is of `b` with the reference `a`: how far the sentence may go depends on its
 * outcome. False, and "": the two are no like workloads, or it is not known how their steps divide.
 */
bool why_text(const struct run *a, const char *a_name, const struct run *b, const char *b_name,
              const struct comparison *comparison, char text[WHY_ROOM]);

#endif
