#include "attention_plan.h"
#include "attention_clusters.h"
#include "attention_deal.h"
#include "gpu_memory.h"

#define LINE UINT64_C(1024) /* tensors start at multiples of LINE bytes */

/* ---- shapes --------------------------------------------------------------------------------- */

struct attention_units attention_units_of(const struct attention_shape *shape)
{
    const uint32_t group = attention_group(shape);
    const uint32_t type = (uint32_t)shape->type, wide = shape->head_dim == 128;
    struct attention_units units = {.columns = 8};
    if (shape->type == DTYPE_FP32) {
        units.kernel = 8 + wide;
    } else {
        units.columns = group > 8 ? 16 : 8;
        units.kernel = type * 4 + wide * 2 + (group > 8);
    }
    units.blocks = (group + units.columns - 1) / units.columns;
    units.heads = group < units.columns ? group : units.columns;
    units.count = shape->batch * shape->kv_heads * units.blocks;
    return units;
}

uint32_t attention_row_block_bytes(const struct attention_shape *shape)
{
    return 2 * attention_row_block(shape) * shape->head_dim * attention_element_bytes(shape->type);
}

uint32_t attention_fixed_bytes(const struct attention_shape *shape,
                               const struct attention_units *units, uint32_t warps)
{
    const uint32_t element = attention_element_bytes(shape->type);
    const uint32_t queries = 2 * units->columns * (shape->head_dim * element + 16);
    const uint32_t previous = 2 * units->heads * shape->head_dim * 4;
    const uint32_t sums = warps > 2 ? warps : 2; /* one per warp; two shared units need two */
    const uint32_t statistics = sums * units->columns * 8;
    const uint32_t exchange = sums * units->heads * (shape->head_dim + 4) * 4;
    const uint32_t barriers = 2048; /* bytes for barriers and other words */
    const uint32_t align = 1024;
    return queries + previous + statistics + exchange + barriers + align;
}

uint32_t attention_partial_floats(const struct attention_shape *shape,
                                  const struct attention_units *units)
{
    return (units->heads * (shape->head_dim + 2) + 31) / 32 * 32;
}

static uint64_t lines(uint64_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

struct attention_layout attention_lay_out(const struct attention_shape *shape)
{
    const uint64_t row = (uint64_t)shape->head_dim * attention_element_bytes(shape->type);
    const uint64_t queries = lines(row * shape->batch * shape->seq_len * shape->heads);
    struct attention_layout layout = {
        .out = queries,
        .new_rows = 2 * queries,
        .new_bytes = lines(row * shape->batch * shape->seq_len * shape->kv_heads),
        .cache_bytes = lines(row * shape->copies * attention_copy_rows(shape)),
        .pages_bytes = shape->page_shift ? (uint64_t)shape->batch * attention_table_pages(shape) *
                                               sizeof(uint32_t)
                                         : 0,
    };
    layout.cache = layout.new_rows + 2 * layout.new_bytes;
    layout.contexts = layout.cache + 2 * layout.cache_bytes;
    layout.pages = layout.contexts + lines(shape->batch * sizeof(uint32_t));
    layout.total = layout.pages + lines(layout.pages_bytes);
    return layout;
}

/* ---- what all plans have -------------------------------------------------------------------- */

/* Starts a plan: copies the knobs and decides COPIES. False: the knobs are not a valid shape of
 * attention. */
static bool begin_plan(const struct knobs *knobs, const struct device_info *device,
                       struct plan *plan, struct error *error)
{
    *plan = (struct plan){.used = *knobs, .cluster = 1};
    attention_resolve_copies(&plan->used, device->cache_bytes);
    return attention_accepts(knobs, error);
}

/* Whether tensors, stamps and plan->work_bytes fit on the device. */
static bool memory_fits(const struct plan *plan, const struct attention_shape *shape,
                        const struct device_info *device, struct error *error)
{
    char what[ATTENTION_SHAPE_TEXT];
    attention_print_shape(&plan->used, what);
    return gpu_memory_fits(what,
                           attention_lay_out(shape).total +
                               gpu_stamp_bytes(&plan->used, plan->programs, shape->seq_len) +
                               plan->work_bytes,
                           device, error);
}

/* ---- persistent kernels --------------------------------------------------------------------- */

#define ROWS_LEAST  32u  /* per program; with fewer rows, a part's sums cost more than its rows */
#define SPLITS_MOST 256u /* as for the knob SPLITS */

#define STAGES_LEAST 2u /* of a ring, as for KV_STAGES */

/* A step is short if each program reads at most this many bytes. A short step may use up to a
 * sixteenth fewer programs if each then works on a single unit: memory still limits the speed. A
 * program with pieces of two units would write two partials, wait for the programs of both units,
 * and combine the partials of both. */
#define SHORT_BYTES_MOST     (UINT64_C(1) << 20)
#define EVEN_LEAST(programs) ((programs) - (programs) / 16)

/* Bytes that an SM could read while the programs of a unit synchronise. If programs get whole
 * units, no program waits for another, but the largest load grows. Whole units are better if it
 * grows by less than a program's share of these bytes. */
#define SYNCHRONISATION_BYTES (UINT64_C(192) << 10)

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* One row of K and one of V, of one K/V head. */
static uint64_t row_bytes_of(const struct attention_shape *shape)
{
    return (uint64_t)2 * shape->head_dim * attention_element_bytes(shape->type);
}

/* K and V bytes of a unit in the last step; the mean over a ragged batch. */
static uint64_t unit_bytes_of(const struct attention_shape *shape)
{
    return row_bytes_of(shape) * (shape->contexts / shape->batch + shape->seq_len);
}

/* Chooses how many programs an SM gets, so that each unit has its own program. A program pays the
 * latency of a unit (queries, rows, sums, output) once for every unit that it processes. Units on
 * different programs hide each other's latency. Chooses eight programs of one warp each only if a
 * unit takes little more time than its latency. */
static uint32_t choose_ctas_per_sm(const struct attention_shape *shape, uint32_t units,
                                   uint32_t sms)
{
    const uint32_t most = unit_bytes_of(shape) <= SYNCHRONISATION_BYTES ? 8 : 4;
    uint32_t ctas = 1;
    while (ctas < most && units > sms * ctas + sms * ctas / 16)
        ctas *= 2;
    return ctas;
}

/* The largest load, in rows, at which whole units are still better than shared units. */
static uint64_t fair_rows(const struct attention_shape *shape, const struct attention_units *units,
                          uint32_t seats, uint32_t ctas_per_sm)
{
    return (units->count * unit_bytes_of(shape) / seats + SYNCHRONISATION_BYTES / ctas_per_sm) /
           row_bytes_of(shape);
}

/* Whether whole units balance a ragged batch well enough. */
static bool deals_whole(const struct attention_shape *shape, const struct attention_units *units,
                        uint32_t sms, uint32_t ctas_per_sm)
{
    const uint32_t seats = sms * ctas_per_sm;
    return attention_deal_fullest(shape, units, (uint32_t)least(seats, units->count)) <=
           fair_rows(shape, units, seats, ctas_per_sm);
}

/* Programs per SM for a ragged batch. most: the number for equal rows. Prefers the largest number
 * that still allows whole units, because few large programs balance better than many small ones.
 * Otherwise returns the largest number for which programs read longer than they synchronise. */
static uint32_t choose_ragged(const struct attention_shape *shape,
                              const struct attention_units *units, uint32_t sms, uint32_t most)
{
    for (uint32_t ctas = most; ctas > 0; ctas /= 2)
        if (deals_whole(shape, units, sms, ctas))
            return ctas;
    while (most > 1 &&
           units->count * unit_bytes_of(shape) < (uint64_t)sms * most * SHORT_BYTES_MOST)
        most /= 2;
    return most;
}

static uint32_t share_warps(uint32_t warps, uint32_t ctas_per_sm)
{
    return warps > ctas_per_sm ? warps / ctas_per_sm : 1;
}

/* share_out for a ragged batch: programs get whole units, or equal runs of rows. */
static void share_out_ragged(const struct attention_shape *shape,
                             const struct attention_units *units, uint32_t seats,
                             uint32_t ctas_per_sm, struct plan *plan)
{
    uint64_t programs = least(seats, units->count);
    plan->splits = (uint32_t)plan->used.splits;
    if (plan->splits > 0) {
        programs = least(seats, (uint64_t)units->count * plan->splits);
    } else if (deals_whole(shape, units, seats / ctas_per_sm, ctas_per_sm)) {
        plan->splits = 1;
    } else {
        programs = least(seats, attention_deal_worth(shape, units));
    }
    plan->used.splits = plan->splits;
    plan->programs = plan->ctas = (uint32_t)programs;
}

/* Decides splits and programs, for at most `seats` programs on the device. First choice: whole
 * units, if that is balanced enough. Second choice: a whole number of programs per unit. Otherwise:
 * all programs, and the fewest parts that divide evenly among them. */
static void share_out(const struct attention_shape *shape, uint32_t unit_count, uint32_t seats,
                      uint32_t ctas_per_sm, struct plan *plan)
{
    const uint64_t units = unit_count, unit_bytes = unit_bytes_of(shape);
    const uint64_t worth = units * ((attention_rows(shape) + ROWS_LEAST - 1) / ROWS_LEAST);
    uint64_t programs = least(seats, worth);
    const uint64_t whole = (units + programs - 1) / programs; /* units per program */
    if (plan->used.splits > 0) {
        plan->splits = (uint32_t)plan->used.splits;
        programs = least(seats, units * plan->splits);
    } else if (whole * unit_bytes <=
               units * unit_bytes / programs + SYNCHRONISATION_BYTES / ctas_per_sm) {
        plan->splits = 1;
        programs = (units + whole - 1) / whole;
    } else if (units * (programs / units) >= EVEN_LEAST(programs) &&
               units * unit_bytes <= programs * SHORT_BYTES_MOST &&
               programs / units <= SPLITS_MOST) {
        plan->splits = (uint32_t)(programs / units);
        programs = units * plan->splits;
    } else {
        plan->splits = (uint32_t)(programs / attention_common_divisor(programs, units));
        plan->splits = plan->splits < SPLITS_MOST ? plan->splits : SPLITS_MOST;
        programs = least(programs, units * plan->splits);
    }
    plan->used.splits = plan->splits;
    plan->programs = plan->ctas = (uint32_t)programs;
}

/* The number of threads of a program in which `warps` warps read rows. */
static uint32_t threads_of(const struct attention_loader *loader, uint32_t warps)
{
    const uint32_t more =
        loader->more_warps
            ? loader->more_warps * ((warps + loader->warps_per - 1) / loader->warps_per)
            : 0;
    return 32 * (warps + more);
}

/* Chooses stages and shared memory of a program if an SM has ctas_per_sm programs. few: the step is
 * short, so loader->short_stages are enough. */
static bool plan_memory(const struct attention_loader *loader, const struct attention_shape *shape,
                        const struct attention_units *units, uint32_t ctas_per_sm, bool few,
                        const struct device_info *device, struct plan *plan, struct error *error)
{
    const uint32_t stage_bytes = plan->warps * attention_row_block_bytes(shape);
    const uint32_t fixed = attention_fixed_bytes(shape, units, plan->warps);
    const uint32_t room = (device->shared_bytes + GPU_CTA_RESERVE) / ctas_per_sm - GPU_CTA_RESERVE;
    const uint32_t most = room > fixed ? (room - fixed) / stage_bytes : 0;
    const bool ring = loader->stages > 1;
    const uint32_t enough = ATTENTION_RING_BYTES / ctas_per_sm / stage_bytes;
    plan->stages = few && loader->short_stages > 0 ? loader->short_stages : loader->stages;
    if (ring && plan->stages > enough)
        plan->stages = enough > STAGES_LEAST ? enough : STAGES_LEAST;
    if (ring) {
        if (plan->used.kv_stages != KNOB_AUTO)
            plan->stages = (uint32_t)plan->used.kv_stages;
        else if (plan->stages > most && most >= STAGES_LEAST)
            plan->stages = most;
        plan->used.kv_stages = plan->stages;
    }
    plan->shared_bytes = fixed + plan->stages * stage_bytes;
    return plan->stages <= most ||
           error_set(
               error, ERROR_UNSUPPORTED,
               "%s: KV_STAGES %u with KV_TILE %u needs %u bytes of shared memory; with CTAS_PER_SM "
               "%u, a CTA has %u bytes, enough for KV_STAGES %u: lower KV_STAGES, KV_TILE or "
               "CTAS_PER_SM",
               loader->name, plan->stages, plan->warps * 16, plan->shared_bytes, ctas_per_sm, room,
               most);
}

uint64_t attention_partial_bytes(const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    return (uint64_t)4 * plan->programs * attention_partial_floats(&shape, &units) * sizeof(float);
}

/* Counters, places and pieces, which follow the partials in this order. */
static uint64_t counter_bytes(uint32_t units)
{
    return (uint64_t)units * ATTENTION_SHARED_LINES * sizeof(uint32_t);
}

uint64_t attention_places_offset(const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    return attention_partial_bytes(plan) + counter_bytes(attention_units_of(&shape).count);
}

uint64_t attention_pieces_offset(const struct plan *plan)
{
    return attention_places_offset(plan) + plan->programs * sizeof(struct attention_place);
}

static uint64_t work_bytes_of(const struct plan *plan, uint32_t units)
{
    return attention_pieces_offset(plan) +
           attention_deal_most(units, plan->programs) * sizeof(struct attention_piece);
}

struct attention_run attention_run_of(const struct plan *plan)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    return (struct attention_run){
        .data.shape = shape,
        .programs = plan->programs,
        .units = units.count,
        .heads = units.heads,
        .partial_floats = attention_partial_floats(&shape, &units),
        .warps = plan->warps,
        .stages = plan->stages,
    };
}

/* Makes a plan with at most ctas_per_sm programs per SM. In each program, `warps` warps read
 * rows. */
static bool plan_programs(const struct attention_loader *loader, const struct knobs *knobs,
                          const struct device_info *device, const struct capacity *capacity,
                          uint32_t ctas_per_sm, uint32_t warps, struct plan *plan,
                          struct error *error)
{
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    const uint64_t step_bytes = units.count * unit_bytes_of(&shape);
    plan->used.splits = knobs->splits;
    plan->used.kv_stages = knobs->kv_stages;
    plan->used.kv_tile = (int64_t)warps * 16;
    plan->used.ctas_per_sm = ctas_per_sm;
    plan->warps = warps;
    plan->threads = threads_of(loader, warps);
    if (shape.reach > 0)
        share_out_ragged(&shape, &units, ctas_per_sm * device->units, ctas_per_sm, plan);
    else
        share_out(&shape, units.count, ctas_per_sm * device->units, ctas_per_sm, plan);
    plan->work_bytes = work_bytes_of(plan, units.count);
    if (!plan_memory(loader, &shape, &units, ctas_per_sm,
                     step_bytes <= plan->programs * SHORT_BYTES_MOST, device, plan, error))
        return false;
    const void *asked = plan->phased != NULL ? plan->phased : plan->kernel;
    const uint32_t held = capacity->ctas_per_sm(capacity, asked, plan->threads, plan->shared_bytes);
    return (uint64_t)held * device->units >= plan->ctas ||
           error_set(error, ERROR_UNSUPPORTED,
                     "%s: %u CTAs of %u threads and %u bytes of shared memory fit on an SM, so %u "
                     "SMs are too few for %u CTAs: lower CTAS_PER_SM, KV_STAGES or KV_TILE",
                     loader->name, held, plan->threads, plan->shared_bytes, device->units,
                     plan->ctas);
}

bool attention_plan_persistent(const struct attention_loader *loader, const struct knobs *knobs,
                               const struct device_info *device, const struct capacity *capacity,
                               struct plan *plan, struct error *error)
{
    if (!begin_plan(knobs, device, plan, error) ||
        !gpu_is_capable(device, loader->capability, loader->name, error) ||
        !gpu_is_cooperative(device, loader->name, error))
        return false;
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    const bool any_ctas = knobs->ctas_per_sm == KNOB_AUTO, any_tile = knobs->kv_tile == KNOB_AUTO;
    switch (attention_plan_clusters(loader, knobs, device, capacity, plan, error)) {
    case ATTENTION_CLUSTERS_REFUSED:
        return false;
    case ATTENTION_CLUSTERS_PLANNED:
        plan->work_bytes = work_bytes_of(plan, units.count);
        return memory_fits(plan, &shape, device, error);
    case ATTENTION_CLUSTERS_NONE:
        break;
    }
    uint32_t ctas = any_ctas ? choose_ctas_per_sm(&shape, units.count, device->units)
                             : (uint32_t)knobs->ctas_per_sm;
    if (any_ctas && shape.reach > 0)
        ctas = choose_ragged(&shape, &units, device->units, ctas);
    uint32_t warps = any_tile ? share_warps(loader->warps, ctas) : (uint32_t)knobs->kv_tile / 16;
    plan->kernel = loader->kernels[units.kernel];
    plan->phased = knobs->phases ? loader->phased[units.kernel] : NULL;
    plan->cooperative = true;
    while (!plan_programs(loader, knobs, device, capacity, ctas, warps, plan, error)) {
        if (any_ctas && ctas > 1) {
            ctas /= 2;
            warps = any_tile ? share_warps(loader->warps, ctas) : warps;
        } else if (any_tile && warps > 1) {
            warps /= 2;
        } else {
            return false;
        }
    }
    return memory_fits(plan, &shape, device, error);
}

/* ---- one launch per step -------------------------------------------------------------------- */

#define STEP_SPLITS_MOST 64u
#define STEP_ROWS_LEAST  64u  /* per part */
#define STEP_WORK_BYTES  256u /* allocated even without partials */

/* Chooses the number of parts with the least estimated time: the number of waves of CTAs times the
 * cost of a part. room: CTAs that run at once. */
static uint32_t choose_splits(const struct attention_shape *shape, uint32_t units, uint32_t room)
{
    const uint64_t rows = shape->contexts / shape->batch + shape->seq_len;
    uint32_t best = 1;
    double least_cost = 0;
    for (uint32_t splits = 1;
         splits <= STEP_SPLITS_MOST && (uint64_t)splits * STEP_ROWS_LEAST <= rows + STEP_ROWS_LEAST;
         splits++) {
        const uint64_t waves = ((uint64_t)units * splits + room - 1) / room;
        /* The fixed cost of a part is about the cost of 64 rows. */
        const double cost = (double)waves * ((double)rows / splits + 64) + 2.0 * splits;
        if (splits == 1 || cost < least_cost) {
            least_cost = cost;
            best = splits;
        }
    }
    return best;
}

/* How many CTAs of the plan's kernel fit on an SM. 0: *error says why. */
static uint32_t step_ctas(const struct plan *plan, const struct device_info *device,
                          const struct capacity *capacity, struct error *error)
{
    uint32_t on_sm = 0;
    if (plan->shared_bytes <= device->shared_bytes)
        on_sm = capacity->ctas_per_sm(capacity, plan->kernel, plan->threads, plan->shared_bytes);
    if (on_sm == 0)
        error_set(error, ERROR_UNSUPPORTED,
                  "a CTA of %u threads and %u bytes of shared memory does not fit on an SM of this "
                  "device",
                  plan->threads, plan->shared_bytes);
    return on_sm;
}

/* Whether the launches of an iteration can be captured, if the variant captures them. */
static bool can_capture(const struct attention_stepper *stepper, const struct knobs *knobs,
                        const struct device_info *device, struct error *error)
{
    if (stepper->captured_most == 0)
        return true;
    if (!gpu_is_capable(device, 90, "a graph with programmatic edges", error))
        return false;
    if (knobs->seq_len > stepper->captured_most)
        return error_set(error, ERROR_UNSUPPORTED, "%s captures at most %u steps: lower SEQ_LEN",
                         stepper->name, stepper->captured_most);
    return true;
}

bool attention_plan_steps(const struct attention_stepper *stepper, const struct knobs *knobs,
                          const struct device_info *device, const struct capacity *capacity,
                          struct plan *plan, struct error *error)
{
    if (!begin_plan(knobs, device, plan, error) || !can_capture(stepper, knobs, device, error))
        return false;
    const struct attention_shape shape = attention_shape_of(&plan->used);
    const struct attention_units units = attention_units_of(&shape);
    plan->programs = units.count;
    plan->kernel = stepper->kernels[units.kernel];
    plan->warps = stepper->warps;
    plan->threads = 32 * plan->warps;
    plan->stages = 1;
    plan->shared_bytes = attention_fixed_bytes(&shape, &units, plan->warps) +
                         plan->warps * attention_row_block_bytes(&shape);
    const uint32_t on_sm = step_ctas(plan, device, capacity, error);
    if (on_sm == 0)
        return false;
    plan->splits = stepper->splits ? stepper->splits : (uint32_t)knobs->splits;
    if (plan->splits == 0)
        plan->splits = choose_splits(&shape, units.count, on_sm * device->units);
    if (stepper->splits == 0)
        plan->used.splits = plan->splits;
    plan->ctas = units.count * plan->splits;
    plan->work_bytes = STEP_WORK_BYTES;
    if (plan->splits > 1)
        plan->work_bytes +=
            (uint64_t)plan->ctas * attention_partial_floats(&shape, &units) * sizeof(float);
    return memory_fits(plan, &shape, device, error);
}
