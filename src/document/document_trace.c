#include "document_trace.h"
#include "../base/json_words.h"
#include "document.h"
#include "document_operations.h"

#include <stdlib.h>

#define NO_PART UINT64_MAX

/* Undoes the delta coding of one program's begins or ends. */
static bool read_times(const struct json *at, struct trace *trace, size_t program, bool ends,
                       struct error *error)
{
    struct stamp *stamps = &trace->stamps[program * trace->steps];
    int64_t time = 0, difference;
    if (!json_is_list_of(at, "entries", trace->steps, trace->steps, error))
        return false;
    for (struct json entry = json_first(at); entry.item; entry = json_next(&entry)) {
        uint64_t *stamp = ends ? &stamps[entry.index].end_ns : &stamps[entry.index].begin_ns;
        *stamp = NO_PART;
        if (cJSON_IsNull(entry.item))
            continue;
        if (!json_integer(&entry, -time, (int64_t)JSON_MOST_INTEGER - time, &difference, error))
            return false;
        time += difference;
        *stamp = (uint64_t)time;
    }
    return true;
}

/* Reads one of the two numbers of each of a program's steps into the trace: `second` is the end,
 * or the barrier wait. */
typedef bool read_steps(const struct json *at, struct trace *trace, size_t program, bool second,
                        struct error *error);

/* One list per program. */
static bool read_programs(const struct json *at, const char *key, struct trace *trace,
                          read_steps *read, bool second, struct error *error)
{
    struct json lists = json_member(at, key);
    if (!json_is_list_of(&lists, "lists", trace->programs, trace->programs, error))
        return false;
    for (struct json list = json_first(&lists); list.item; list = json_next(&list))
        if (!read(&list, trace, list.index, second, error))
            return false;
    return true;
}

/* Begins and ends must match; from here on, 0 in both means that the program did not take part. */
static bool check_stamps(const struct json *at, struct trace *trace, struct error *error)
{
    for (size_t i = 0; i < trace->room; i++) {
        struct stamp *stamp = &trace->stamps[i];
        if (stamp->begin_ns == NO_PART && stamp->end_ns == NO_PART)
            *stamp = (struct stamp){0};
        else if (stamp->begin_ns == NO_PART || stamp->end_ns == NO_PART || stamp->end_ns == 0 ||
                 stamp->begin_ns > stamp->end_ns)
            return json_refuse(at, error, "step %zu of program %zu does not end after it begins",
                               i % trace->steps, i / trace->steps);
    }
    return true;
}

/* One program's waits in each step; null if it did not take part. */
static bool read_waits(const struct json *at, struct trace *trace, size_t program, bool barrier,
                       struct error *error)
{
    struct phase *phases = &trace->phases[program * trace->steps];
    if (!json_is_list_of(at, "entries", trace->steps, trace->steps, error))
        return false;
    for (struct json entry = json_first(at); entry.item; entry = json_next(&entry)) {
        struct phase *phase = &phases[entry.index];
        int64_t wait_ns = 0;
        if (!cJSON_IsNull(entry.item) && !json_integer(&entry, 0, UINT32_MAX, &wait_ns, error))
            return false;
        *(barrier ? &phase->barrier_ns : &phase->data_ns) = (uint32_t)wait_ns;
    }
    return true;
}

/* Both are missing if programs did not measure their waits. */
static bool read_phases(const struct json *at, struct trace *trace, struct error *error)
{
    if (!json_member(at, "data_wait_ns").item && !json_member(at, "barrier_wait_ns").item)
        return true;
    trace->phases = calloc(trace->room ? trace->room : 1, sizeof *trace->phases);
    if (!trace->phases)
        return json_no_memory(at, error);
    return read_programs(at, "data_wait_ns", trace, read_waits, false, error) &&
           read_programs(at, "barrier_wait_ns", trace, read_waits, true, error);
}

static bool read_span(const struct json *at, struct prefill_span *span, struct error *error)
{
    int64_t stream, chunk, begin_ns, end_ns;
    if (!json_is_array(at, error))
        return false;
    if (json_count(at) != 5)
        return json_refuse(at, error, "expected kind, stream, chunk, begin_ns and end_ns");
    const struct json kind = json_first(at), of_stream = json_next(&kind),
                      of_chunk = json_next(&of_stream), begin = json_next(&of_chunk),
                      end = json_next(&begin);
    if (!json_word(&kind, document_span_names, &span->kind, error) ||
        !json_integer(&of_stream, 0, UINT16_MAX, &stream, error) ||
        !json_integer(&of_chunk, -2, INT32_MAX, &chunk, error) ||
        !json_integer(&begin, 0, (int64_t)JSON_MOST_INTEGER, &begin_ns, error) ||
        !json_integer(&end, begin_ns, (int64_t)JSON_MOST_INTEGER, &end_ns, error))
        return false;
    span->stream = (uint32_t)stream;
    span->chunk = (uint32_t)chunk; /* -1 and -2 are SPAN_DECODE and SPAN_PREFILL */
    span->begin_ns = (uint64_t)begin_ns;
    span->end_ns = (uint64_t)end_ns;
    return true;
}

/* Sorted by begin; a trace without a prefill has none. */
static bool read_spans(const struct json *trace_at, struct trace *trace, struct error *error)
{
    const struct json spans = json_member(trace_at, "spans");
    if (!spans.item)
        return true;
    if (!json_is_array(&spans, error) ||
        !json_uint32_member(trace_at, "spans_run", UINT32_MAX, &trace->spans_run, error))
        return false;
    const size_t count = json_count(&spans);
    if (count > TRACE_SPANS || count > trace->spans_run)
        return json_refuse(&spans, error, "expected at most %u spans, and at most spans_run",
                           TRACE_SPANS);
    trace->spans = calloc(count ? count : 1, sizeof *trace->spans);
    if (!trace->spans)
        return json_no_memory(&spans, error);
    trace->span_room = count;
    for (struct json span = json_first(&spans); span.item; span = json_next(&span)) {
        if (!read_span(&span, &trace->spans[span.index], error))
            return false;
        if (span.index > 0 &&
            trace->spans[span.index].begin_ns < trace->spans[span.index - 1].begin_ns)
            return json_refuse(&span, error, "begins before the previous one");
    }
    trace->span_count = (uint32_t)count;
    return true;
}

/* A missing trace is empty. */
static bool read_trace(const struct json *at, struct trace *trace, struct error *error)
{
    if (!at->item)
        return true;
    if (!json_is_object(at, error) ||
        !json_unsigned_member(at, "iteration_ns", JSON_MOST_INTEGER, &trace->iteration_ns, error) ||
        !json_uint32_member(at, "steps_run", UINT32_MAX, &trace->steps_run, error) ||
        !json_uint32_member(at, "programs_run", UINT32_MAX, &trace->programs_run, error) ||
        !json_uint32_member(at, "steps", TRACE_STEPS, &trace->steps, error) ||
        !json_uint32_member(at, "programs", TRACE_PROGRAMS, &trace->programs, error))
        return false;
    if (trace->iteration_ns == 0)
        return json_refuse(at, error, "expected an iteration_ns of at least 1");
    if (trace->steps > trace->steps_run || trace->programs > trace->programs_run)
        return json_refuse(at, error, "more steps or programs are kept than were run");

    trace->room = (size_t)trace->steps * trace->programs;
    trace->stamps = calloc(trace->room ? trace->room : 1, sizeof *trace->stamps);
    if (!trace->stamps)
        return json_no_memory(at, error);
    return read_programs(at, "begin_ns", trace, read_times, false, error) &&
           read_programs(at, "end_ns", trace, read_times, true, error) &&
           check_stamps(at, trace, error) && read_phases(at, trace, error) &&
           document_read_operation_table(at, &trace->operations, trace->programs, error) &&
           read_spans(at, trace, error);
}

bool document_read_traces(const struct json *object, struct run *run, struct error *error)
{
    struct json stamps = json_member(object, "stamps");
    if (!stamps.item)
        return true;
    if (!json_is_object(&stamps, error))
        return false;
    struct json typical = json_member(&stamps, "typical");
    struct json slowest = json_member(&stamps, "slowest");
    return read_trace(&typical, &run->typical, error) && read_trace(&slowest, &run->slowest, error);
}
