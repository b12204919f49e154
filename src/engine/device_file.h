/*
 * device_file.h - a file that keeps what was measured of a device, in $XDG_CACHE_HOME/pdlab
 * (~/.cache/pdlab without it): one for each device name, number of cores or SMs, driver and version
 * of pdlab. Fewer cores or SMs, as under taskset or MIG, are another device.
 */
#ifndef SRC_DEVICE_FILE_H
#define SRC_DEVICE_FILE_H

#include "../../kernels/lab.h"
#include "../base/json.h"
#include "../base/json_writer.h"

#define DEVICE_FILE_ROOM 4096u /* of a path */

struct device_file {
    const char *prefix; /* of its name: "noise-" */
    const char *schema; /* "pdlab.noise/1" */
};

/* Opens the document and writes whose it is; what was measured comes next. */
void device_file_begin(struct json_writer *writer, const struct device_file *file,
                       const struct device_info *device);

/* Closes it, writes it and says where. */
bool device_file_end(struct json_writer *writer, const struct device_file *file,
                     const struct device_info *device, char path[DEVICE_FILE_ROOM],
                     struct error *error);

/* Hands the document of this device to `take`, if there is one, and returns what that does. */
bool device_file_read(const struct device_file *file, const struct device_info *device,
                      bool (*take)(const struct json *root, const struct device_info *device,
                                   void *into),
                      void *into);

#endif
