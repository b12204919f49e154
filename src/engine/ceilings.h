/*
 * ceilings.h - what a device can do at best: measured, in words, and kept between runs.
 */
#ifndef SRC_CEILINGS_H
#define SRC_CEILINGS_H

#include "../../kernels/lab.h"
#include "device_file.h"

#define CEILINGS_SCHEMA "pdlab.ceilings/1"

/* One member of struct ceilings. */
struct ceiling_info {
    const char *key;    /* its name, with its unit: "launch_sync_ns" */
    size_t field;       /* its offset in struct ceilings */
    bool bandwidth;     /* 1e9 bytes/s; else ns */
    const char *label;  /* "flag barrier"; "": the one before it, otherwise */
    const char *of;     /* "8 CTAs"; NULL: a GPU has no such thing */
    const char *cpu_of; /* the same of a CPU */
};
extern const struct ceiling_info ceiling_table[]; /* ended by a NULL key */

double ceiling_value(const struct ceilings *ceilings, const struct ceiling_info *ceiling);

/* Whether a device of that backend can have it. */
bool ceiling_applies(const struct ceiling_info *ceiling, enum backend backend);

/* Whether any is. */
bool ceilings_known(const struct ceilings *ceilings);

/* Measures device `index`, which is open and on which nothing runs: takes about a second. A `stop`
 * that is raised ends it early. False, also where times mean nothing: *error, and all are 0. */
bool ceilings_measure(const struct device_info *device, int index, const uint32_t *stop,
                      struct ceilings *ceilings, struct error *error);

/* Writes the members that apply as "ceilings": {...}; null for what is not known. */
void ceilings_write_json(struct json_writer *writer, enum backend backend,
                         const struct ceilings *ceilings);

/* Reads such an object: what is missing or null is not known. False: *error, and all are 0. */
bool ceilings_read_json(const struct json *object, enum backend backend, struct ceilings *ceilings,
                        struct error *error);

/* Keeps them (device_file.h), and says where. */
bool ceilings_keep(const struct device_info *device, const struct ceilings *ceilings,
                   char path[DEVICE_FILE_ROOM], struct error *error);

/* What is kept of this device. All 0 where nothing is, or nothing that can be read. */
void ceilings_recall(const struct device_info *device, struct ceilings *ceilings);

#endif
