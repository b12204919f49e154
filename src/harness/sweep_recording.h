/*
 * sweep_recording.h - writes all points of a sweep as one recording, for `pdlab replay`.
 */
#pragma once

#include "sweep_folder.h"

/* Figures of a written recording. */
struct sweep_recording {
    size_t runs, bytes;
    size_t without_stamps; /* runs with samples whose point was measured without --record */
};

/* Whether the runs of the plan fit in one document. If not, sets *error. */
bool sweep_fits_recording(const struct sweep *sweep, struct error *error);

/* Writes all points of the folder to `path`. All points must be finished. Skipped runs are
 * included, with their reason. Follows file_write's rules: the file appears complete or not at
 * all. */
bool sweep_write_recording(const struct sweep *sweep, const char *folder, const char *path,
                           struct sweep_recording *recording, struct error *error);
