#include "document_trace.h"
#include "../base/json_words.h"
#include "document.h"
#include "document_operations.h"

#include <stdlib.h>

#define NO_PART UINT64_MAX

/* The values of a trace for each step of each program. Begins and ends are delta-coded. */
enum column { COLUMN_BEGIN, COLUMN_END, COLUMN_DATA_WAIT, COLUMN_BARRIER_WAIT };

static void set(struct trace *trace, size_t at, enum column column, uint64_t ns)
{
    if (column == COLUMN_BEGIN)
        trace->stamps[at].begin_ns = ns;
    else if (column == COLUMN_END)
        trace->stamps[at].end_ns = ns;
    else if (column == COLUMN_DATA_WAIT)
        trace->phases[at].data_ns = (uint32_t)ns;
    else
        trace->phases[at].barrier_ns = (uint32_t)ns;
}

/* Reads one value for each step of a program; null if the program did not take part in the step. */
static bool read_steps(const struct json *at, struct trace *trace, size_t program,
                       enum column column, struct error *error)
{
    const bool is_time = column <= COLUMN_END;
    int64_t before_ns = 0, ns;
    if (!json_is_list_of(at, "entries", trace->steps, trace->steps, error))
        return false;
    for (struct json entry = json_first(at); entry.item; entry = json_next(&entry)) {
        const size_t step = program * trace->steps + entry.index;
        const int64_t most = is_time ? (int64_t)JSON_MOST_INTEGER - before_ns : UINT32_MAX;
        if (cJSON_IsNull(entry.item)) {
            set(trace, step, column, is_time ? NO_PART : 0);
            continue;
        }
        if (!json_integer(&entry, -before_ns, most, &ns, error))
            return false;
        set(trace, step, column, (uint64_t)(before_ns + ns));
        before_ns += is_time ? ns : 0;
    }
    return true;
}

/* Reads one list per program. */
static bool read_column(const struct json *at, const char *key, struct trace *trace,
                        enum column column, struct error *error)
{
    struct json lists = json_member(at, key);
    if (!json_is_list_of(&lists, "lists", trace->programs, trace->programs, error))
        return false;
    for (struct json list = json_first(&lists); list.item; list = json_next(&list))
        if (!read_steps(&list, trace, list.index, column, error))
            return false;
    return true;
}

/* Checks that each begin has an end that is not earlier. Replaces NO_PART by 0 in both: in a trace,
 * that means that the program did not take part. */
static bool check_stamps(const struct json *at, struct trace *trace, struct error *error)
{
    for (size_t i = 0; i < (size_t)trace->steps * trace->programs; i++) {
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

/* Reads the waits. Both members are missing if the programs did not measure them. */
static bool read_phases(const struct json *at, struct trace *trace, struct error *error)
{
    if (!json_member(at, "data_wait_ns").item && !json_member(at, "barrier_wait_ns").item)
        return true;
    trace->phases = calloc((size_t)trace->steps * trace->programs + 1, sizeof *trace->phases);
    if (!trace->phases)
        return json_no_memory(at, error);
    return read_column(at, "data_wait_ns", trace, COLUMN_DATA_WAIT, error) &&
           read_column(at, "barrier_wait_ns", trace, COLUMN_BARRIER_WAIT, error);
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
    span->chunk = (uint32_t)chunk; /* -1 becomes SPAN_DECODE, -2 SPAN_PREFILL */
    span->begin_ns = (uint64_t)begin_ns;
    span->end_ns = (uint64_t)end_ns;
    return true;
}

/* Reads the spans, which must be sorted by begin. A trace without a prefill has none. */
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

/* Reads a trace, which is empty if it is missing. */
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

    trace->stamps = calloc((size_t)trace->steps * trace->programs + 1, sizeof *trace->stamps);
    if (!trace->stamps)
        return json_no_memory(at, error);
    return read_column(at, "begin_ns", trace, COLUMN_BEGIN, error) &&
           read_column(at, "end_ns", trace, COLUMN_END, error) && check_stamps(at, trace, error) &&
           read_phases(at, trace, error) &&
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
