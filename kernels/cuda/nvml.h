/*
 * nvml.h - a GPU as libnvidia-ml sees it: the driver's version, clocks, power, temperature. The
 * library is loaded at run time; nothing links against it.
 */
#pragma once

#include "../lab.h"

struct nvml;

/* Loads the library and looks up the device with PCI id `bus`. If there is no such device, the
 * functions below leave out the device's values. NULL: no library, or out of memory. */
struct nvml *nvml_open(const char *bus);
void nvml_close(struct nvml *nvml);

/* Fills in the driver's version and the SM clocks that can be read; leaves the rest. */
void nvml_describe(const struct nvml *nvml, struct device_info *info);

/* Fills in the GPU's members of *reading; leaves the rest. Takes milliseconds on some GPUs. */
void nvml_read(const struct nvml *nvml, struct meter_reading *reading);
