/*
 * device_file.h - stores measurements of a device in a file in $XDG_CACHE_HOME/pdlab (default
 * ~/.cache/pdlab): one file per device name, number of cores or SMs, driver and pdlab version. A
 * device with fewer cores or SMs, as under taskset or MIG, counts as another device.
 */
#pragma once

#include "../../kernels/lab.h"
#include "../base/json.h"
#include "../base/json_writer.h"

#define DEVICE_FILE_ROOM 4096u /* size of the buffer for a path */

struct device_file {
    const char *prefix; /* prefix of the file name: "noise-" */
    const char *schema; /* "pdlab.noise/1" */
};

/* Opens the document and writes the device's identity; the caller writes the measurements. */
void device_file_begin(struct json_writer *writer, const struct device_file *file,
                       const struct device_info *device);

/* Closes the document, writes the file, and writes the file's path to `path`. */
bool device_file_end(struct json_writer *writer, const struct device_file *file,
                     const struct device_info *device, char path[DEVICE_FILE_ROOM],
                     struct error *error);

/* If this device has a readable document, passes it to `take` and returns the result of `take`.
 * Otherwise returns false. */
bool device_file_read(const struct device_file *file, const struct device_info *device,
                      bool (*take)(const struct json *root, const struct device_info *device,
                                   void *into),
                      void *into);
