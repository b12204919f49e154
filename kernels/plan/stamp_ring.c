#include "stamp_ring.h"

/* ---- reports -------------------------------------------------------------------------------- */

bool gpu_report_read(const struct gpu_report *live, struct gpu_report *copy)
{
    const volatile struct gpu_report *words = live;
    copy->tagged_rows = words->tagged_rows;
    copy->first_timer_ns = words->first_timer_ns;
    copy->first_clock = words->first_clock;
    copy->last_timer_ns = words->last_timer_ns;
    copy->last_clock = words->last_clock;
    return copy->tagged_rows >> 32 == GPU_TAG;
}

bool gpu_report_agrees(const struct gpu_report *a, const struct gpu_report *b)
{
    return a->tagged_rows == b->tagged_rows && a->last_clock == b->last_clock &&
           a->last_timer_ns == b->last_timer_ns;
}

bool gpu_report_draws_line(const struct gpu_report *report)
{
    return report->first_clock != 0 && report->last_clock > report->first_clock &&
           report->last_timer_ns > report->first_timer_ns;
}

struct gpu_standing gpu_report_standing(const struct gpu_report *report)
{
    const uint64_t clocks = report->last_clock - report->first_clock;
    return (struct gpu_standing){
        .timer_ns = report->first_timer_ns,
        .clock = report->first_clock,
        .rows = (uint32_t)report->tagged_rows,
        .slope =
            clocks ? (double)(report->last_timer_ns - report->first_timer_ns) / (double)clocks : 0,
    };
}

double gpu_standing_after(const struct gpu_standing *standing, uint64_t clock, uint64_t *timer_ns)
{
    *timer_ns = standing->timer_ns;
    return (double)(int64_t)(clock - standing->clock) * standing->slope;
}

bool gpu_standing_reaches(const struct gpu_standing *standing, uint64_t clock)
{
    const uint64_t most = UINT64_C(1) << 48; /* cycles; 39 hours at 2 GHz */
    return clock - standing->clock + most <= 2 * most;
}

uint32_t gpu_standing_ns(const struct gpu_standing *standing, uint32_t cycles)
{
    return (uint32_t)((double)cycles * standing->slope + 0.5);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t stamp_ring_first(uint32_t handed, uint32_t rows, uint32_t most)
{
    return rows > handed && rows - handed > most ? rows - most : handed;
}

uint64_t stamp_ring_left_out(uint32_t rows, uint32_t handed, uint32_t first)
{
    return least(rows, first) - least(rows, handed);
}

struct stamp_block stamp_ring_block(uint32_t room, uint32_t first, uint32_t count,
                                    uint32_t programs, size_t most)
{
    const uint32_t slot = first & (room - 1);
    const uint32_t rows = least(count, room - slot);
    struct stamp_block block = {.slot = slot, .rows = rows < most ? rows : (uint32_t)most};
    block.programs = programs < most / block.rows ? programs : (uint32_t)(most / block.rows);
    return block;
}
