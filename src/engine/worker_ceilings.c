#include "worker_ceilings.h"

#include "ceilings.h"
#include "floor.h"
#include "targets.h"

bool worker_ceilings_ask(struct worker_ceilings *ceilings, const struct request *request,
                         const struct device_info *device)
{
    const uint32_t before = ceilings->measures;
    struct error ignored;
    if (before == 0 && ceilings_known(&request->ceilings))
        ceilings->known = request->ceilings;
    if (request->measures == before || request->measures == 0)
        return false;
    const bool known = ceilings_known(&ceilings->known);
    const bool due = before > 0 || (!known && !device->serial);
    if (!due || !device_can_time(device, &ignored))
        return false;
    ceilings->unmeasured.kind = ERROR_NONE;
    return true;
}

bool worker_ceilings_measure(struct worker_ceilings *ceilings, const struct device_info *device,
                             int index, struct error *error)
{
    struct ceilings found;
    struct error why = {0};
    char path[DEVICE_FILE_ROOM];
    const bool measured = ceilings_measure(device, index, &ceilings->skip, &found, &why);
    if (measured) {
        ceilings->known = found;
        ceilings_keep(device, &found, path, &why);
    }
    if (why.kind == ERROR_LOST)
        *error = why;
    else if (why.kind != ERROR_NONE && !stop_requested(&ceilings->skip))
        error_set(&ceilings->unmeasured, why.kind, "%s: %s",
                  measured ? "the device's peaks were measured but not saved"
                  : ceilings_known(&ceilings->known) ? "the device could not be measured again"
                                                     : "no floor: the device could not be measured",
                  why.text);
    return measured;
}

void worker_ceilings_draw_floor(const struct worker_ceilings *ceilings,
                                const struct device_info *device, struct run *run)
{
    const struct floor floor = floor_of(&ceilings->known, device, run);
    run->floor_ns = floor.step_ns;
    run->iteration_floor_ns = floor.iteration_ns;
    run->ceiling_gb_per_s = floor.gb_per_s;
}
