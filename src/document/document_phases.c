#include "document_phases.h"

void document_write_phases(struct json_writer *writer, const struct breakdown *sums)
{
    if (sums->steps == 0 && sums->starts == 0)
        return;
    json_open_line(writer, 3, "phases", '{');
    json_write_integer(writer, "steps", (int64_t)sums->steps);
    json_write_integer(writer, "phased_steps", (int64_t)sums->phased);
    json_write_integer(writer, "step_ns", (int64_t)sums->step_ns);
    json_write_integer(writer, "gap_ns", (int64_t)sums->gap_ns);
    json_write_integer(writer, "data_wait_ns", (int64_t)sums->data_ns);
    json_write_integer(writer, "barrier_wait_ns", (int64_t)sums->barrier_ns);
    json_write_integer(writer, "spread_ns", (int64_t)sums->spread_ns);
    json_write_integer(writer, "starts", (int64_t)sums->starts);
    json_write_integer(writer, "start_ns", (int64_t)sums->start_ns);
    json_close(writer, '}');
}

bool document_read_phases(const struct json *object, struct breakdown *sums, struct error *error)
{
    struct json at = json_member(object, "phases");
    if (!at.item)
        return true;
    const uint64_t most = JSON_MOST_INTEGER;
    if (!json_is_object(&at, error) ||
        !json_unsigned_member(&at, "steps", most, &sums->steps, error) ||
        !json_unsigned_member(&at, "phased_steps", sums->steps, &sums->phased, error) ||
        !json_unsigned_member(&at, "step_ns", most, &sums->step_ns, error) ||
        !json_unsigned_member(&at, "gap_ns", most, &sums->gap_ns, error) ||
        !json_unsigned_member(&at, "data_wait_ns", most, &sums->data_ns, error) ||
        !json_unsigned_member(&at, "barrier_wait_ns", most, &sums->barrier_ns, error) ||
        !json_unsigned_member(&at, "spread_ns", most, &sums->spread_ns, error) ||
        !json_unsigned_member(&at, "starts", most, &sums->starts, error) ||
        !json_unsigned_member(&at, "start_ns", most, &sums->start_ns, error))
        return false;
    return sums->gap_ns + sums->data_ns + sums->barrier_ns <= sums->step_ns ||
           json_refuse(&at, error, "gap and waits add up to more than step_ns");
}
