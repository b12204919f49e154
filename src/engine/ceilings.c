#include "ceilings.h"

#include "targets.h"

#include <math.h>

#define VALUE_MOST 1e12 /* larger than any plausible bandwidth or duration */

#define NS(member) #member, offsetof(struct ceilings, member), false
#define GB(member) #member, offsetof(struct ceilings, member), true

const struct ceiling_info ceiling_table[] = {
    {GB(read_gb_per_s), "read bandwidth", "memory, all SMs", "memory, all cores"},
    {GB(cached_read_gb_per_s), "", "resident in L2", "in each core's own cache"},
    {GB(copy_gb_per_s), "copy bandwidth", "read + written", "read + written"},
    {NS(launch_ns), "launch", "back to back", NULL},
    {NS(launch_sync_ns), "", "until synchronised", NULL},
    {NS(launch_seen_ns), "", "until the host sees it (mapped memory)", NULL},
    {NS(graph_sync_ns), "graph of one node", "until the host sees it (mapped memory)", NULL},
    {NS(graph_node_ns), "graph node", "of 32", NULL},
    {NS(graph_node_long_ns), "", "of 1,024", NULL},
    {NS(graph_edge_ns), "with programmatic edges", "of 32", NULL},
    {NS(graph_edge_long_ns), "", "of 1,024", NULL},
    {NS(doorbell_ns), "doorbell", "round trip in mapped memory", NULL},
    {NS(wake_ns), "wake", NULL, "of a sleeping thread"},
    {NS(block_barrier_ns), "block barrier", "a CTA of 8 warps", NULL},
    {NS(cluster2_barrier_ns), "cluster barrier", "2 CTAs", NULL},
    {NS(cluster4_barrier_ns), "", "4 CTAs", NULL},
    {NS(cluster8_barrier_ns), "", "8 CTAs", NULL},
    {NS(cluster16_barrier_ns), "", "16 CTAs", NULL},
    {NS(flag_barrier_ns), "flag barrier", "8 CTAs", "2 threads"},
    {NS(flag_barrier_all_ns), "", "one CTA per SM", "one thread per core"},
    {NS(grid_barrier_ns), "grid barrier", "8 CTAs", NULL},
    {NS(grid_barrier_all_ns), "", "one CTA per SM", NULL},
    {NS(dependent_step_ns), "dependent step", "dot, HEAD_DIM 64", "dot, HEAD_DIM 64"},
    {NS(timer_step_ns), "timer", "resolution of globaltimer", "shortest time between readings"},
    {NS(stamp_ns), "stamp", "one clock read plus one store", "one clock read plus one store"},
    {NULL, 0, false, NULL, NULL, NULL},
};

double ceiling_value(const struct ceilings *ceilings, const struct ceiling_info *ceiling)
{
    return *(const double *)(const void *)((const char *)ceilings + ceiling->field);
}

bool ceiling_applies(const struct ceiling_info *ceiling, enum backend backend)
{
    return (backend == BACKEND_CPU ? ceiling->cpu_of : ceiling->of) != NULL;
}

bool ceilings_known(const struct ceilings *ceilings)
{
    bool known = false;
    for (const struct ceiling_info *ceiling = ceiling_table; ceiling->key; ceiling++)
        known |= ceiling_value(ceilings, ceiling) > 0;
    return known;
}

bool ceilings_measure(const struct device_info *device, int index, const uint32_t *stop,
                      struct ceilings *ceilings, struct error *error)
{
    const struct device_ops *ops = backends[device->backend];
    const bool measured =
        device_can_time(device, error) &&
        (ops->ceilings ? ops->ceilings(index, stop, ceilings, error)
                       : error_set(error, ERROR_UNSUPPORTED, "this backend cannot measure peaks"));
    if (!measured)
        *ceilings = (struct ceilings){0};
    return measured;
}

void ceilings_write_json(struct json_writer *writer, enum backend backend,
                         const struct ceilings *ceilings)
{
    json_open(writer, "ceilings", '{');
    for (const struct ceiling_info *ceiling = ceiling_table; ceiling->key; ceiling++) {
        double value = ceiling_value(ceilings, ceiling);
        if (ceiling_applies(ceiling, backend))
            json_write_number(writer, ceiling->key, value > 0 ? value : NAN);
    }
    json_close(writer, '}');
}

bool ceilings_read_json(const struct json *object, enum backend backend, struct ceilings *ceilings,
                        struct error *error)
{
    struct ceilings read = {0};
    *ceilings = read;
    if (!json_is_object(object, error))
        return false;
    for (const struct ceiling_info *ceiling = ceiling_table; ceiling->key; ceiling++) {
        struct json at = json_member(object, ceiling->key);
        double *value = (double *)(void *)((char *)&read + ceiling->field);
        if (at.item && ceiling_applies(ceiling, backend) &&
            !json_number(&at, 0, VALUE_MOST, value, error))
            return false;
    }
    *ceilings = read;
    return true;
}

/* ---- the file ------------------------------------------------------------------------------- */

static const struct device_file file = {.prefix = "", .schema = CEILINGS_SCHEMA};

bool ceilings_keep(const struct device_info *device, const struct ceilings *ceilings,
                   char path[DEVICE_FILE_ROOM], struct error *error)
{
    struct json_writer writer = {0};
    device_file_begin(&writer, &file, device);
    ceilings_write_json(&writer, device->backend, ceilings);
    return device_file_end(&writer, &file, device, path, error);
}

static bool take(const struct json *root, const struct device_info *device, void *into)
{
    struct error ignored;
    struct json values = json_member(root, "ceilings");
    return ceilings_read_json(&values, device->backend, into, &ignored);
}

void ceilings_recall(const struct device_info *device, struct ceilings *ceilings)
{
    *ceilings = (struct ceilings){0};
    device_file_read(&file, device, take, ceilings);
}
