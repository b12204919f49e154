/*
 * sweep_recording.h - the points of a sweep as one recording, for `pdlab replay`.
 */
#pragma once

#include "sweep_folder.h"

/* What a recording contains. */
struct sweep_recording {
    size_t runs, bytes;
    size_t without_stamps; /* runs with samples whose point was measured without --record */
};

/* Refuses a plan whose runs do not fit in one document. */
bool sweep_fits_recording(const struct sweep *sweep, struct error *error);

/* Writes all points of the folder, which must be finished, to `path`, including skipped ones
 * with the reason. Whole or not at all, by file_write's rules. */
bool sweep_write_recording(const struct sweep *sweep, const char *folder, const char *path,
                           struct sweep_recording *recording, struct error *error);
