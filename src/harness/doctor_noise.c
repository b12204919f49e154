#include "doctor_noise.h"

#include "../base/fold.h"
#include "../base/interrupt.h"
#include "../base/text.h"

#include <math.h>
#include <stdio.h>

#define LINE_ROOM 1024u
#define CELL      32u

/* Measures a device and keeps its noise in a file. Returns false if the device cannot be opened or
 * the measurement was interrupted. */
static bool measure(struct doctor_noise *noise, enum backend backend, int index)
{
    struct error ignored; /* doctor reports the error when it examines the device */
    *noise = (struct doctor_noise){.backend = backend, .index = index};
    if (!noise_measure(&noise_plan_default, backend, index, &noise->measurement, &ignored))
        return false;
    const struct noise_measurement *found = &noise->measurement;
    if (found->noise.processes > 0 &&
        !noise_keep(&found->device, &found->noise, noise->path, &noise->not_kept))
        noise->path[0] = '\0';
    return true;
}

size_t doctor_noise_measure(struct doctor_noise *noises, size_t count, size_t most,
                            enum backend backend, int index)
{
    const bool all = index < 0;
    if (all)
        index = 0;
    while (count < most && interrupt_level == 0 && measure(&noises[count], backend, index++)) {
        count++;
        if (!all)
            break;
    }
    return count;
}

const struct doctor_noise *doctor_noise_find(const struct doctor_noise *noises, size_t count,
                                             enum backend backend, int index)
{
    for (size_t i = 0; i < count; i++)
        if (noises[i].backend == backend && noises[i].index == index)
            return &noises[i];
    return NULL;
}

static void print_part(const struct noise_part *part, bool counts)
{
    char p50[CELL];
    if (counts)
        printf("  %-24s %8.2g %%  of %s, %u processes\n", part->variant->name, 100 * part->sigma,
               text_duration(p50, sizeof p50, (double)part->p50s_ns[0]), part->count);
    else
        fold_print(stdout, printf("  %-24s %8s", part->variant->name, "n/a"), 37,
                   *part->error.text ? part->error.text : "not measured");
}

void doctor_noise_print(const struct doctor_noise *noise, int label_width)
{
    char line[DEVICE_FILE_ROOM + LINE_ROOM];
    const struct noise_measurement *found = &noise->measurement;
    if (found->noise.processes == 0)
        snprintf(line, sizeof line, "not measured: no variant ran in %u processes",
                 noise_plan_default.processes);
    else
        snprintf(line, sizeof line,
                 "%.2g %% between processes (standard deviation of ln of the iteration p50, the "
                 "largest of these variants); %s%s",
                 100 * found->noise.sigma, *noise->path ? "kept in " : noise->not_kept.text,
                 noise->path);
    fold_print(stdout, printf("noise"), label_width, line);
    for (uint32_t i = 0; i < found->count; i++)
        print_part(&found->parts[i], found->parts[i].count == noise_plan_default.processes);
}

void doctor_noise_write(struct json_writer *json, const struct doctor_noise *noise)
{
    const struct noise_measurement *found = &noise->measurement;
    json_open_line(json, 3, "noise", '{');
    json_write_number(json, "sigma", found->noise.processes > 0 ? found->noise.sigma : NAN);
    json_write_integer(json, "processes", found->noise.processes);
    json_write_string_or_null(json, "kept_in", noise->path);
    json_open(json, "variants", '[');
    for (uint32_t i = 0; i < found->count; i++) {
        const struct noise_part *part = &found->parts[i];
        json_open_line(json, 4, NULL, '{');
        json_write_string(json, "variant", part->variant->name);
        const bool whole = part->count == noise_plan_default.processes;
        json_write_number(json, "sigma", whole ? part->sigma : NAN);
        json_open(json, "p50s_ns", '[');
        for (uint32_t process = 0; process < part->count; process++)
            json_write_integer(json, NULL, (int64_t)part->p50s_ns[process]);
        json_close(json, ']');
        json_write_string_or_null(json, "reason", part->error.text);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}
