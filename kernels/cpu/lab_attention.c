#include "lab_attention.h"
#include "../attention_rows.h"

#include <math.h>

#define LOG2_E   1.44269504f
#define ROWS_PER 64u /* rows generated at a time */

/* Byte offsets of the tensors. */
struct layout {
    uint64_t q, out, new_rows, cache; /* cache: K, then V */
    uint64_t pages, total;
    uint64_t new_bytes, cache_bytes; /* of K or V alone */
};

static struct layout lay_out(const struct attention_shape *shape)
{
    const uint64_t row = (uint64_t)shape->head_dim * attention_element_bytes(shape->type);
    const uint64_t queries = row * shape->batch * shape->seq_len * shape->heads;
    struct layout layout = {
        .out = queries,
        .new_rows = 2 * queries,
        .new_bytes = row * shape->batch * shape->seq_len * shape->kv_heads,
        .cache_bytes = row * shape->copies * attention_copy_rows(shape),
    };
    layout.cache = layout.new_rows + 2 * layout.new_bytes;
    layout.pages = layout.total = layout.cache + 2 * layout.cache_bytes;
    if (shape->page_shift)
        layout.total += (uint64_t)shape->batch * attention_table_pages(shape) * sizeof(uint32_t);
    return layout;
}

static uint64_t slot_floats(const struct attention_shape *shape)
{
    const uint64_t group = attention_group(shape);
    return group * shape->head_dim + lab_cpu_lines(2 * group * sizeof(float)) / sizeof(float);
}

static uint64_t slots_bytes(const struct attention_shape *shape, uint64_t slots, uint64_t threads)
{
    const uint64_t queries = threads * attention_group(shape) * shape->head_dim;
    return lab_cpu_lines(slots * sizeof(struct attend_sums)) +
           (slots * slot_floats(shape) + queries) * sizeof(float);
}

/* Bytes of the tensors, the slots and the variant's more_bytes. */
static uint64_t all_bytes(const struct attention_shape *shape, uint64_t slots, uint64_t threads,
                          uint64_t more_bytes)
{
    return lab_cpu_lines(lay_out(shape).total) + lab_cpu_lines(slots_bytes(shape, slots, threads)) +
           more_bytes;
}

void lab_attention_plan(const struct knobs *knobs, const struct device_info *device,
                        int64_t spin_ns, struct plan *plan)
{
    lab_cpu_plan(knobs, device, spin_ns, plan);
    attention_resolve_copies(&plan->used, device->cache_bytes);
    if (plan->used.kv_tile == KNOB_AUTO)
        plan->used.kv_tile = 64;
}

bool lab_attention_fits(const struct knobs *knobs, uint64_t slots, uint64_t more_bytes,
                        const struct device_info *device, struct error *error)
{
    if (!attention_accepts(knobs, error))
        return false;
    const struct attention_shape shape = attention_shape_of(knobs);
    char what[ATTENTION_SHAPE_TEXT];
    attention_print_shape(knobs, what);
    const uint64_t bytes = all_bytes(&shape, slots, (uint64_t)knobs->threads, more_bytes);
    return lab_cpu_fits(lab_cpu_bytes(knobs, false, bytes), device, what, error);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Returns the address of element `offset` of a tensor. */
static void *row_at(const struct lab_attention *lab, char *tensor, uint64_t offset)
{
    return tensor + offset * attention_element_bytes(lab->shape.type);
}

/* Returns the address of a row of K or V (`side`) in a copy. */
static void *cache_row(const struct lab_attention *lab, enum attention_side side, uint32_t copy,
                       uint32_t unit, uint32_t row)
{
    const struct attention_shape *shape = &lab->shape;
    return row_at(lab, lab->cache[side],
                  attention_cache_offset(shape, lab->pages, copy, unit / shape->kv_heads,
                                         unit % shape->kv_heads, row));
}

/* How many rows from `row` on, at most `most`, are contiguous. */
static uint32_t rows_together(const struct attention_shape *shape, uint32_t row, uint32_t most)
{
    const uint32_t page_rows = 1u << shape->page_shift;
    const uint32_t left = shape->page_shift ? page_rows - (row & (page_rows - 1)) : most;
    return left < most ? left : most;
}

/* Generates rows [first, last) of K or V of a copy; rows are numbered across all units. */
static void make_cache(const struct lab_attention *lab, enum attention_side side, uint32_t copy,
                       uint64_t first, uint64_t last)
{
    const struct attention_shape *shape = &lab->shape;
    float values[ROWS_PER * ATTENTION_HEAD_DIM_MOST];
    uint64_t before = 0; /* rows of earlier units */
    for (uint32_t unit = 0; unit < lab->units; unit++) {
        const uint32_t b = unit / shape->kv_heads, g = unit % shape->kv_heads;
        const uint64_t context = attention_context(shape, b);
        while (first >= before && first < before + context && first < last &&
               !stop_requested(lab->cpu.stop)) {
            const uint32_t row = (uint32_t)(first - before);
            uint64_t count = before + context < last ? before + context - first : last - first;
            count = rows_together(shape, row, (uint32_t)(count < ROWS_PER ? count : ROWS_PER));
            attention_make_rows(shape, side, copy, b, g, row, (uint32_t)count, values);
            attention_store(shape->type, values, (size_t)count * shape->head_dim,
                            cache_row(lab, side, copy, unit, row));
            first += count;
        }
        before += context;
    }
}

/* Generates row t of q, new K and new V of sequence b. */
static void make_step(const struct lab_attention *lab, uint32_t b, uint32_t t)
{
    const struct attention_shape *shape = &lab->shape;
    float values[ATTENTION_HEAD_DIM_MOST];
    for (uint32_t h = 0; h < shape->heads; h++) {
        attention_query_row(shape, b, t, h, values);
        attention_store(shape->type, values, shape->head_dim,
                        row_at(lab, lab->q, attention_query_offset(shape, b, t, h)));
    }
    for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++)
        for (uint32_t g = 0; g < shape->kv_heads; g++) {
            attention_make_rows(shape, side, 0, b, g, attention_context(shape, b) + t, 1, values);
            attention_store(shape->type, values, shape->head_dim,
                            row_at(lab, lab->new_rows[side], attention_new_offset(shape, b, t, g)));
        }
}

/* Generates a program's share of the inputs: roughly the cache rows that the program will read. */
static void make_inputs(void *argument, uint32_t program)
{
    const struct lab_attention *lab = argument;
    const struct attention_shape *shape = &lab->shape;
    const uint64_t threads = lab->cpu.threads, rows = shape->contexts * shape->kv_heads;
    const uint64_t steps = (uint64_t)shape->batch * shape->seq_len;
    for (uint32_t copy = 0; copy < shape->copies; copy++)
        for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++)
            make_cache(lab, side, copy, rows * program / threads, rows * (program + 1) / threads);
    for (uint64_t i = steps * program / threads;
         i < steps * (program + 1) / threads && !stop_requested(lab->cpu.stop); i++)
        make_step(lab, (uint32_t)(i / shape->seq_len), (uint32_t)(i % shape->seq_len));
}

/* Places the slots and the queries in the memory at `base`. */
static void place_slots(struct lab_attention *lab, uint32_t slots, char *base)
{
    const struct attention_shape *shape = &lab->shape;
    const size_t group = attention_group(shape);
    float *at = (float *)(void *)(base + lab_cpu_lines(slots * sizeof(struct attend_sums)));
    lab->slots = (struct attend_sums *)(void *)base;
    for (uint32_t i = 0; i < slots; i++, at += slot_floats(shape)) {
        float *numbers = at + group * shape->head_dim;
        lab->slots[i] = (struct attend_sums){.most = numbers, .weight = numbers + group, .out = at};
    }
    lab->queries = at;
    lab->query_stride = group * shape->head_dim;
}

bool lab_attention_open(struct lab_attention *lab, const struct setup *setup, uint32_t slots,
                        uint64_t more_bytes, struct error *error)
{
    const struct knobs *knobs = &setup->plan->used;
    *lab = (struct lab_attention){.shape = attention_shape_of(knobs),
                                  .tile = (uint32_t)knobs->kv_tile};
    lab->units = lab->shape.batch * lab->shape.kv_heads;
    lab->attend = attend_path(dot_path_chosen(), lab->shape.type);
    const struct layout layout = lay_out(&lab->shape);
    const uint64_t bytes = all_bytes(&lab->shape, slots, (uint64_t)knobs->threads, more_bytes);
    if (!lab_cpu_open(&lab->cpu, setup, false, bytes, error))
        return false;
    char *base = lab->cpu.memory;
    lab->more = base + bytes - more_bytes;
    lab->q = base;
    lab->out = base + layout.out;
    for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
        lab->new_rows[side] = base + layout.new_rows + side * layout.new_bytes;
        lab->cache[side] = base + layout.cache + side * layout.cache_bytes;
    }
    lab->pages = (uint32_t *)(void *)(base + layout.pages);
    place_slots(lab, slots, base + lab_cpu_lines(layout.total));
    if (attention_fill_pages(&lab->shape, lab->pages))
        return lab_cpu_make_inputs(&lab->cpu, make_inputs, lab, error);
    lab_cpu_close(&lab->cpu);
    return error_set(error, ERROR_RUN, "no memory for the page table");
}

/* ---- a step --------------------------------------------------------------------------------- */

void lab_attention_append(const struct lab_attention *lab, uint32_t unit, uint32_t t)
{
    const struct attention_shape *shape = &lab->shape;
    const uint32_t b = unit / shape->kv_heads, g = unit % shape->kv_heads;
    const size_t bytes = (size_t)shape->head_dim * attention_element_bytes(shape->type);
    const uint32_t count = attention_appended_copies(shape, t);
    const uint32_t newest = lab_attention_rows_read(lab, unit, t) - 1;
    for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++) {
        const void *row = row_at(lab, lab->new_rows[side], attention_new_offset(shape, b, t, g));
        for (uint32_t i = 0; i < count; i++)
            memcpy(cache_row(lab, side, (t + i) % shape->copies, unit, newest), row, bytes);
    }
}

/* Computes q' of a head, scaled so that a row's weight is 2^score. */
static void make_query(const struct lab_attention *lab, uint32_t b, uint32_t t, uint32_t head,
                       float *query)
{
    const struct attention_shape *shape = &lab->shape;
    const uint32_t head_dim = shape->head_dim;
    const float scale = LOG2_E / sqrtf((float)head_dim);
    float before[ATTENTION_HEAD_DIM_MOST], squares = 0, chain = 0;
    attention_load(shape->type, row_at(lab, lab->q, attention_query_offset(shape, b, t, head)),
                   head_dim, query);
    if (shape->chain && t > 0) {
        attention_load(shape->type,
                       row_at(lab, lab->out, attention_query_offset(shape, b, t - 1, head)),
                       head_dim, before);
        for (uint32_t d = 0; d < head_dim; d++)
            squares += before[d] * before[d];
        if (squares != 0) /* also true for NaN, which must propagate */
            chain = 0.5f / sqrtf(squares / (float)head_dim);
    } else {
        memset(before, 0, head_dim * sizeof *before);
    }
    for (uint32_t d = 0; d < head_dim; d++)
        query[d] = (query[d] + before[d] * chain) * scale;
}

void lab_attention_read(const struct lab_attention *lab, uint32_t program, uint32_t unit,
                        uint32_t t, uint32_t first, uint32_t last, const struct attend_sums *sums)
{
    const struct attention_shape *shape = &lab->shape;
    const uint32_t b = unit / shape->kv_heads, g = unit % shape->kv_heads;
    const uint32_t group = attention_group(shape), copy = t % shape->copies;
    float *queries = lab->queries + program * lab->query_stride;
    for (uint32_t h = 0; h < group; h++)
        make_query(lab, b, t, g * group + h, queries + (size_t)h * shape->head_dim);
    struct attend attend = {
        .queries = queries,
        .tile = lab->tile,
        .group = group,
        .head_dim = shape->head_dim,
        .sums = *sums,
    };
    do { /* one pass per run of contiguous rows; at least one, to set the sums */
        attend.rows = first < last ? rows_together(shape, first, last - first) : 0;
        attend.k = cache_row(lab, ATTENTION_K, copy, unit, first);
        attend.v = cache_row(lab, ATTENTION_V, copy, unit, first);
        lab->attend(&attend);
        attend.goes_on = true;
        first += attend.rows;
    } while (first < last);
}

void lab_attention_store(const struct lab_attention *lab, uint32_t unit, uint32_t t,
                         const struct attend_sums *slots, uint32_t count)
{
    const struct attention_shape *shape = &lab->shape;
    const uint32_t b = unit / shape->kv_heads, g = unit % shape->kv_heads;
    const uint32_t group = attention_group(shape), head_dim = shape->head_dim;
    for (uint32_t h = 0; h < group; h++) {
        float most = slots[0].most[h], weight = 0;
        float *out = slots[0].out + (size_t)h * head_dim;
        for (uint32_t i = 1; i < count; i++)
            most = slots[i].most[h] > most ? slots[i].most[h] : most;
        for (uint32_t i = 0; i < count; i++) {
            const float scale = exp2f(slots[i].most[h] - most);
            const float *from = slots[i].out + (size_t)h * head_dim;
            weight += slots[i].weight[h] * scale;
            for (uint32_t d = 0; d < head_dim; d++)
                out[d] = (i > 0 ? out[d] : 0) + from[d] * scale;
        }
        for (uint32_t d = 0; d < head_dim; d++)
            out[d] /= weight;
        attention_store(shape->type, out, head_dim,
                        row_at(lab, lab->out, attention_query_offset(shape, b, t, g * group + h)));
    }
}

/* ---- the output ----------------------------------------------------------------------------- */

static void fill_poison(enum data_type type, void *stored, uint64_t elements)
{
    uint16_t *halves = stored;
    uint32_t *words = stored;
    for (uint64_t i = 0; i < elements; i++)
        if (type == DTYPE_FP32)
            words[i] = POISON_FP32;
        else
            halves[i] = type == DTYPE_BF16 ? POISON_BF16 : POISON_FP16;
}

static uint64_t output_elements(const struct attention_shape *shape)
{
    return attention_query_offset(shape, shape->batch, 0, 0);
}

void lab_attention_poison(void *state)
{
    const struct lab_attention *lab = state;
    const struct attention_shape *shape = &lab->shape;
    fill_poison(shape->type, lab->out, output_elements(shape));
    for (enum attention_side side = ATTENTION_K; side <= ATTENTION_V; side++)
        for (uint32_t copy = 0; copy < shape->copies; copy++)
            for (uint32_t unit = 0; unit < lab->units; unit++) {
                const uint32_t rows = lab_attention_rows_read(lab, unit, shape->seq_len - 1);
                for (uint32_t row = rows - shape->seq_len, count; row < rows; row += count) {
                    count = rows_together(shape, row, rows - row);
                    fill_poison(shape->type, cache_row(lab, side, copy, unit, row),
                                (uint64_t)count * shape->head_dim);
                }
            }
}

uint64_t lab_attention_count_nan(const void *state)
{
    const struct lab_attention *lab = state;
    const enum data_type type = lab->shape.type;
    const uint64_t elements = output_elements(&lab->shape);
    const uint16_t *halves = (const void *)lab->out;
    const uint32_t *words = (const void *)lab->out;
    const uint16_t infinity = type == DTYPE_BF16 ? 0x7F80 : 0x7C00;
    uint64_t count = 0;
    for (uint64_t i = 0; i < elements; i++)
        count += type == DTYPE_FP32 ? (words[i] & UINT32_C(0x7FFFFFFF)) > UINT32_C(0x7F800000)
                                    : (halves[i] & 0x7FFF) > infinity;
    return count;
}

void lab_attention_output(const void *state, uint32_t part, float *rows)
{
    const struct lab_attention *lab = state;
    const struct attention_shape *shape = &lab->shape;
    const uint32_t b = part / shape->heads, head = part % shape->heads;
    for (uint32_t t = 0; t < shape->seq_len; t++, rows += shape->head_dim)
        attention_load(shape->type,
                       row_at(lab, lab->out, attention_query_offset(shape, b, t, head)),
                       shape->head_dim, rows);
}
