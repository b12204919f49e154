#include "document_telemetry.h"

#include <math.h>
#include <stddef.h>

#define MOST_READINGS UINT64_C(1000000000) /* more than three years of measurement give */
#define MOST_MHZ      1000000u
#define MOST_MW       100000000u
#define MOST_C        1000u
#define MOST_THREADS  UINT32_MAX

/* ---- sensors -------------------------------------------------------------------------------- */

static const struct sensor_member {
    const char *key;
    size_t offset;
    uint32_t most;
} sensors[] = {
    {"sm_clock_mhz", offsetof(struct telemetry, sm_clock_mhz), MOST_MHZ},
    {"sm_clock_held_mhz", offsetof(struct telemetry, held_mhz), MOST_MHZ},
    {"memory_clock_mhz", offsetof(struct telemetry, memory_clock_mhz), MOST_MHZ},
    {"power_mw", offsetof(struct telemetry, power_mw), MOST_MW},
    {"temperature_c", offsetof(struct telemetry, temperature_c), MOST_C},
};
#define SENSORS (sizeof sensors / sizeof *sensors)

static void write_sensor(struct json_writer *writer, const char *key,
                         const struct telemetry_sensor *sensor)
{
    if (sensor->readings == 0)
        return;
    json_open(writer, key, '{');
    json_write_integer(writer, "readings", (int64_t)sensor->readings);
    json_write_integer(writer, "min", sensor->least);
    json_write_number(writer, "mean", telemetry_mean(sensor));
    json_write_integer(writer, "max", sensor->most);
    json_close(writer, '}');
}

static bool read_sensor(const struct json *object, const struct sensor_member *member,
                        uint64_t readings, struct telemetry_sensor *sensor, struct error *error)
{
    struct json at = json_member(object, member->key);
    int64_t count, least, most;
    double mean;
    if (!at.item)
        return true;
    if (!json_is_object(&at, error))
        return false;
    struct json count_at = json_member(&at, "readings"), least_at = json_member(&at, "min");
    struct json most_at = json_member(&at, "max"), mean_at = json_member(&at, "mean");
    if (!json_integer(&count_at, 1, (int64_t)readings, &count, error) ||
        !json_integer(&least_at, 0, member->most, &least, error) ||
        !json_integer(&most_at, least, member->most, &most, error) ||
        !json_number(&mean_at, (double)least, (double)most, &mean, error))
        return false;
    *sensor = (struct telemetry_sensor){
        .readings = (uint64_t)count,
        .total = (uint64_t)llround(mean * (double)count),
        .least = (uint32_t)least,
        .most = (uint32_t)most,
    };
    return true;
}

/* ---- counters ------------------------------------------------------------------------------- */

/* The counters of a run. Counters with the same bit are either all present, or all missing because
 * they were not counted. */
static const struct counter_member {
    const char *key;
    size_t offset;
    enum meter_bit bit;
    const char *whole; /* the counter of which this one counts a part; NULL: none */
} counters[] = {
    {"energy_mj", offsetof(struct telemetry, energy_mj), METER_ENERGY, NULL},
    {"quota_periods", offsetof(struct telemetry, quota_periods), METER_QUOTA, NULL},
    {"throttled_periods", offsetof(struct telemetry, throttled_periods), METER_QUOTA,
     "quota_periods"},
    {"throttled_ns", offsetof(struct telemetry, throttled_ns), METER_QUOTA, NULL},
    {"wanted_ns", offsetof(struct telemetry, wanted_ns), METER_STOLEN, NULL},
    {"stolen_ns", offsetof(struct telemetry, stolen_ns), METER_STOLEN, "wanted_ns"},
    {"involuntary_switches", offsetof(struct telemetry, involuntary_switches), METER_SWITCHES,
     NULL},
};
#define COUNTERS (sizeof counters / sizeof *counters)

static uint64_t *counter_of(struct telemetry *telemetry, const struct counter_member *member)
{
    return (uint64_t *)((char *)telemetry + member->offset);
}

static bool read_counter(const struct json *object, const struct counter_member *member,
                         struct telemetry *telemetry, struct error *error)
{
    struct json at = json_member(object, member->key);
    int64_t value = 0, most = (int64_t)JSON_MOST_INTEGER;
    if (!at.item && !(telemetry->counted & member->bit))
        return true;
    /* `whole` comes earlier in the table, so it has been read. */
    for (size_t i = 0; member->whole && i < COUNTERS; i++)
        if (counters[i].key == member->whole)
            most = (int64_t)*counter_of(telemetry, &counters[i]);
    if (!json_integer(&at, 0, most, &value, error))
        return false;
    *counter_of(telemetry, member) = (uint64_t)value;
    return true;
}

/* Sets a bit in `counted` if any counter with that bit is present. */
static void find_counted(const struct json *object, struct telemetry *telemetry)
{
    for (size_t i = 0; i < COUNTERS; i++)
        if (json_member(object, counters[i].key).item)
            telemetry->counted |= counters[i].bit;
}

/* ---- reasons -------------------------------------------------------------------------------- */

static void write_reasons(struct json_writer *writer, const struct telemetry *telemetry)
{
    if (telemetry->throttle_readings == 0)
        return;
    json_open(writer, "throttle_reasons", '{');
    json_write_integer(writer, "readings", (int64_t)telemetry->throttle_readings);
    for (int i = 0; i < THROTTLE_COUNT; i++)
        if (telemetry->throttled[i] > 0)
            json_write_integer(writer, telemetry_throttle_key((enum throttle)i),
                               (int64_t)telemetry->throttled[i]);
    json_close(writer, '}');
}

/* Reads the throttle reasons. A missing reason never occurred. */
static bool read_reasons(const struct json *object, struct telemetry *telemetry,
                         struct error *error)
{
    struct json at = json_member(object, "throttle_reasons");
    int64_t readings, count;
    if (!at.item)
        return true;
    if (!json_is_object(&at, error))
        return false;
    struct json readings_at = json_member(&at, "readings");
    if (!json_integer(&readings_at, 1, (int64_t)telemetry->readings, &readings, error))
        return false;
    telemetry->throttle_readings = (uint64_t)readings;
    for (int i = 0; i < THROTTLE_COUNT; i++) {
        struct json reason = json_member(&at, telemetry_throttle_key((enum throttle)i));
        if (!reason.item)
            continue;
        if (!json_integer(&reason, 0, readings, &count, error))
            return false;
        telemetry->throttled[i] = (uint64_t)count;
    }
    return true;
}

/* ---- the member ----------------------------------------------------------------------------- */

void document_write_telemetry(struct json_writer *writer, const struct telemetry *telemetry)
{
    struct telemetry copy = *telemetry;
    if (telemetry->readings == 0)
        return;
    json_open_line(writer, 3, "telemetry", '{');
    json_write_integer(writer, "readings", (int64_t)telemetry->readings);
    json_write_integer(writer, "watched_ns", (int64_t)telemetry->watched_ns);
    json_write_integer(writer, "tokens", (int64_t)telemetry->tokens);
    for (size_t i = 0; i < SENSORS; i++)
        write_sensor(writer, sensors[i].key,
                     (const struct telemetry_sensor *)((char *)&copy + sensors[i].offset));
    if (telemetry->sm_clock_most_mhz > 0)
        json_write_integer(writer, "sm_clock_most_mhz", telemetry->sm_clock_most_mhz);
    write_reasons(writer, telemetry);
    for (size_t i = 0; i < COUNTERS; i++)
        if (telemetry->counted & counters[i].bit)
            json_write_integer(writer, counters[i].key, (int64_t)*counter_of(&copy, &counters[i]));
    if (telemetry->threads > 0)
        json_write_integer(writer, "threads", telemetry->threads);
    if (telemetry->cores > 0)
        json_write_integer(writer, "cores", telemetry->cores);
    json_close(writer, '}');
}

bool document_read_telemetry(const struct json *run, struct telemetry *telemetry,
                             struct error *error)
{
    struct json at = json_member(run, "telemetry");
    int64_t readings;
    if (!at.item)
        return true;
    if (!json_is_object(&at, error))
        return false;
    struct json readings_at = json_member(&at, "readings");
    if (!json_integer(&readings_at, 1, (int64_t)MOST_READINGS, &readings, error))
        return false;
    telemetry->readings = (uint64_t)readings;
    find_counted(&at, telemetry);
    for (size_t i = 0; i < SENSORS; i++)
        if (!read_sensor(&at, &sensors[i], telemetry->readings,
                         (struct telemetry_sensor *)((char *)telemetry + sensors[i].offset), error))
            return false;
    for (size_t i = 0; i < COUNTERS; i++)
        if (!read_counter(&at, &counters[i], telemetry, error))
            return false;
    return json_unsigned_member(&at, "watched_ns", JSON_MOST_INTEGER, &telemetry->watched_ns,
                                error) &&
           json_unsigned_member(&at, "tokens", JSON_MOST_INTEGER, &telemetry->tokens, error) &&
           json_optional_uint32(&at, "sm_clock_most_mhz", MOST_MHZ, &telemetry->sm_clock_most_mhz,
                                error) &&
           json_optional_uint32(&at, "threads", MOST_THREADS, &telemetry->threads, error) &&
           json_optional_uint32(&at, "cores", MOST_THREADS, &telemetry->cores, error) &&
           read_reasons(&at, telemetry, error);
}
