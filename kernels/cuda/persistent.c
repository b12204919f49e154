#include "persistent.h"

bool persistent_open(struct gpu_lab *lab, const struct setup *setup, const char *name,
                     struct persistent *run, struct error *error)
{
    const struct plan *plan = setup->plan;
    const enum step_sync sync = (enum step_sync)plan->used.step_sync;
    const struct gpu_lab_plan lab_plan = {
        .setup = setup,
        .range_name = name,
        .programs = plan->programs,
        .rows = (uint64_t)plan->used.seq_len,
        .free_running = sync == SYNC_NONE,
        .ends = true,
        .phases = true,
    };
    if (!gpu_plan_holds(plan, setup->device, error) || !gpu_dot_open(lab, &lab_plan, error))
        return false;
    *run = (struct persistent){
        .dot = lab->dot,
        .link = lab->link,
        .barrier = &lab->control->barrier,
        .decision = lab->control->decision,
        /* A single program needs no barrier with other programs. Its warps still synchronise. */
        .sync = plan->programs == 1 ? SYNC_NONE : sync,
        .programs = plan->programs,
        .warps = plan->warps,
        .groups = plan->groups,
        .passes = plan->passes,
        .depth = plan->stages,
    };
    return true;
}
