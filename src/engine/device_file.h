/*
 * device_file.h - a file that keeps measurements of a device in $XDG_CACHE_HOME/pdlab (default
 * ~/.cache/pdlab): one file per device name, number of cores or SMs, driver and pdlab version.
 * Fewer cores or SMs, as under taskset or MIG, count as another device.
 */
#pragma once

#include "../../kernels/lab.h"
#include "../base/json.h"
#include "../base/json_writer.h"

#define DEVICE_FILE_ROOM 4096u /* bytes of the file's path */

struct device_file {
    const char *prefix; /* prefix of the file name: "noise-" */
    const char *schema; /* "pdlab.noise/1" */
};

/* Opens the document and writes the device's identity; the caller writes the measurements. */
void device_file_begin(struct json_writer *writer, const struct device_file *file,
                       const struct device_info *device);

/* Closes the document, writes the file and reports its path. */
bool device_file_end(struct json_writer *writer, const struct device_file *file,
                     const struct device_info *device, char path[DEVICE_FILE_ROOM],
                     struct error *error);

/* Passes this device's document to `take`, if there is one, and returns the result of `take`. */
bool device_file_read(const struct device_file *file, const struct device_info *device,
                      bool (*take)(const struct json *root, const struct device_info *device,
                                   void *into),
                      void *into);
