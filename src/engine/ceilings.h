/*
 * ceilings.h - a device's measured peaks: bandwidths and latencies, their labels, and the file that
 * stores them between runs.
 */
#pragma once

#include "../../kernels/lab.h"
#include "device_file.h"

#define CEILINGS_SCHEMA "pdlab.ceilings/1"

/* Describes one member of struct ceilings. */
struct ceiling_info {
    const char *key;    /* name with unit: "launch_sync_ns" */
    size_t field;       /* its offset in struct ceilings */
    bool bandwidth;     /* the unit is 1e9 bytes/s; otherwise ns */
    const char *label;  /* "flag barrier"; "": the same label as in the previous row */
    const char *of;     /* what was measured on a GPU: "8 CTAs"; NULL: does not apply to a GPU */
    const char *cpu_of; /* the same for a CPU */
};
extern const struct ceiling_info ceiling_table[]; /* ends with a NULL key */

double ceiling_value(const struct ceilings *ceilings, const struct ceiling_info *ceiling);

/* Whether the ceiling applies to devices of that backend. */
bool ceiling_applies(const struct ceiling_info *ceiling, enum backend backend);

/* Whether any ceiling is known. */
bool ceilings_known(const struct ceilings *ceilings);

/* Measures device `index`, which must be open and idle; takes about a second. Ends early, as a
 * failure, if `stop` is raised. On failure returns false, sets all ceilings to 0, and sets *error,
 * for example because the device cannot be timed (device_can_time). */
bool ceilings_measure(const struct device_info *device, int index, const uint32_t *stop,
                      struct ceilings *ceilings, struct error *error);

/* Writes the applicable ceilings as "ceilings": {...}; null for an unknown ceiling. */
void ceilings_write_json(struct json_writer *writer, enum backend backend,
                         const struct ceilings *ceilings);

/* Reads an object that ceilings_write_json wrote. Missing or null members become 0 (unknown). On
 * failure returns false, sets all ceilings to 0, and sets *error. */
bool ceilings_read_json(const struct json *object, enum backend backend, struct ceilings *ceilings,
                        struct error *error);

/* Stores the ceilings in the device's file (device_file.h) and writes its path to `path`. */
bool ceilings_keep(const struct device_info *device, const struct ceilings *ceilings,
                   char path[DEVICE_FILE_ROOM], struct error *error);

/* Reads the ceilings stored for this device. All 0 if there are none, or if they are unreadable. */
void ceilings_recall(const struct device_info *device, struct ceilings *ceilings);
