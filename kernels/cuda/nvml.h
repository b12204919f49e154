/*
 * nvml.h - reads a GPU's driver version, clocks, power and temperature from libnvidia-ml. The
 * library is loaded at run time; pdlab does not link against it.
 */
#pragma once

#include "../lab.h"

struct nvml;

/* Loads the library and looks up the device with PCI id `bus`. If there is no such device, the
 * functions below do not fill in the device's values. Returns NULL if there is no library or no
 * memory. */
struct nvml *nvml_open(const char *bus);
void nvml_close(struct nvml *nvml);

/* Fills in the driver's version and those SM clocks that can be read. Leaves all other members
 * unchanged. */
void nvml_describe(const struct nvml *nvml, struct device_info *info);

/* Fills in the GPU's members of *reading. Leaves all other members unchanged. Takes milliseconds on
 * some GPUs. */
void nvml_read(const struct nvml *nvml, struct meter_reading *reading);
