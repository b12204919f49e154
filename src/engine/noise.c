#include "noise.h"

#include "device_file.h"
#include "evidence.h"

#include <math.h>

#define SIGMA_MOST     10 /* larger than any plausible spread */
#define PROCESSES_MOST 1000000

static const struct device_file file = {.prefix = "noise-", .schema = NOISE_SCHEMA};

struct noise noise_assumed(enum backend backend)
{
    return (struct noise){.sigma = backend == BACKEND_CPU ? 0.05 : 0.01};
}

double noise_sigma(const uint64_t *p50s_ns, uint32_t count)
{
    struct evidence evidence = {0};
    for (uint32_t i = 0; i < count; i++)
        evidence_add(&evidence, (double)p50s_ns[i]);
    return sqrt(evidence.variance);
}

void noise_write_json(struct json_writer *writer, const struct noise *noise)
{
    json_open(writer, "noise", '{');
    json_write_number(writer, "sigma", noise->sigma);
    json_write_integer(writer, "processes", noise->processes);
    json_close(writer, '}');
}

bool noise_read_json(const struct json *object, struct noise *noise, struct error *error)
{
    struct json sigma_at = json_member(object, "sigma");
    struct json processes_at = json_member(object, "processes");
    int64_t processes;
    double sigma;
    if (!json_is_object(object, error) || !json_number(&sigma_at, 0, SIGMA_MOST, &sigma, error) ||
        !json_integer(&processes_at, 2, PROCESSES_MOST, &processes, error))
        return false;
    *noise = (struct noise){.sigma = sigma, .processes = (uint32_t)processes};
    return true;
}

bool noise_keep(const struct device_info *device, const struct noise *noise, char *path,
                struct error *error)
{
    struct json_writer writer = {0};
    device_file_begin(&writer, &file, device);
    noise_write_json(&writer, noise);
    return device_file_end(&writer, &file, device, path, error);
}

static bool take(const struct json *root, const struct device_info *device, void *into)
{
    struct error ignored;
    struct json noise = json_member(root, "noise");
    (void)device;
    return noise_read_json(&noise, into, &ignored);
}

struct noise noise_recall(const struct device_info *device)
{
    struct noise noise = noise_assumed(device->backend);
    device_file_read(&file, device, take, &noise);
    return noise;
}
