#include "telemetry.h"

#include "times.h"

static void merge_sensor(struct telemetry_sensor *to, const struct telemetry_sensor *from)
{
    if (from->readings == 0)
        return;
    if (to->readings == 0 || from->least < to->least)
        to->least = from->least;
    if (from->most > to->most)
        to->most = from->most;
    to->total += from->total;
    to->readings += from->readings;
}

static void sense(struct telemetry_sensor *sensor, uint32_t value)
{
    merge_sensor(sensor, &(struct telemetry_sensor){
                             .readings = 1, .total = value, .least = value, .most = value});
}

void telemetry_merge(struct telemetry *to, const struct telemetry *from)
{
    to->readings += from->readings;
    to->watched_ns += from->watched_ns;
    to->counted |= from->counted;
    merge_sensor(&to->sm_clock_mhz, &from->sm_clock_mhz);
    merge_sensor(&to->memory_clock_mhz, &from->memory_clock_mhz);
    merge_sensor(&to->power_mw, &from->power_mw);
    merge_sensor(&to->temperature_c, &from->temperature_c);
    merge_sensor(&to->held_mhz, &from->held_mhz);
    to->sm_clock_most_mhz = (uint32_t)max_u64(to->sm_clock_most_mhz, from->sm_clock_most_mhz);
    to->throttle_readings += from->throttle_readings;
    for (int i = 0; i < THROTTLE_COUNT; i++)
        to->throttled[i] += from->throttled[i];
    to->energy_mj += from->energy_mj;
    to->tokens += from->tokens;
    to->quota_periods += from->quota_periods;
    to->throttled_periods += from->throttled_periods;
    to->throttled_ns += from->throttled_ns;
    to->stolen_ns += from->stolen_ns;
    to->wanted_ns += from->wanted_ns;
    to->involuntary_switches += from->involuntary_switches;
    to->threads = (uint32_t)max_u64(to->threads, from->threads);
    if (from->cores > 0 && (to->cores == 0 || from->cores < to->cores))
        to->cores = from->cores;
}

double telemetry_mean(const struct telemetry_sensor *sensor)
{
    return sensor->readings > 0 ? (double)sensor->total / (double)sensor->readings : 0;
}

double telemetry_token_j(const struct telemetry *telemetry)
{
    const bool known = (telemetry->counted & METER_ENERGY) != 0 && telemetry->tokens > 0;
    return known ? 1e-3 * (double)telemetry->energy_mj / (double)telemetry->tokens : 0;
}

/* ---- a reading ------------------------------------------------------------------------------- */

static void add_sensors(struct telemetry *sum, const struct meter_reading *reading)
{
    const uint32_t known = reading->known;
    if (known & METER_SM_CLOCK)
        sense(&sum->sm_clock_mhz, reading->sm_clock_mhz);
    if (known & METER_SM_CLOCK_MOST)
        sum->sm_clock_most_mhz =
            (uint32_t)max_u64(sum->sm_clock_most_mhz, reading->sm_clock_most_mhz);
    if (known & METER_MEMORY_CLOCK)
        sense(&sum->memory_clock_mhz, reading->memory_clock_mhz);
    if (known & METER_POWER)
        sense(&sum->power_mw, reading->power_mw);
    if (known & METER_TEMPERATURE)
        sense(&sum->temperature_c, reading->temperature_c);
    if ((known & METER_CORES) && (sum->cores == 0 || reading->cores < sum->cores))
        sum->cores = reading->cores;
    if (!(known & METER_THROTTLES))
        return;
    sum->throttle_readings++;
    for (int i = 0; i < THROTTLE_COUNT; i++)
        sum->throttled[i] += reading->throttles >> i & 1;
    if (reading->throttles != 0 && (known & METER_SM_CLOCK))
        sense(&sum->held_mhz, reading->sm_clock_mhz);
}

/* Adds the growth of a counter since *last to *sum, and updates *last. Adds 0 at the first reading,
 * and if the counter was reset. */
static void add_growth(uint64_t *sum, uint64_t *last, uint64_t now, bool first)
{
    *sum += first ? 0 : saturating_sub(now, *last);
    *last = now;
}

static void add_counters(struct telemetry_turn *turn, const struct meter_reading *reading)
{
    struct telemetry *sum = &turn->sum;
    struct meter_reading *last = &turn->last;
    const uint32_t known = reading->known & (METER_QUOTA | METER_STOLEN | METER_SWITCHES);
    const uint32_t first = known & ~last->known;
    if (known & METER_QUOTA) {
        const bool new = first &METER_QUOTA;
        add_growth(&sum->quota_periods, &last->quota_periods, reading->quota_periods, new);
        add_growth(&sum->throttled_periods, &last->throttled_periods, reading->throttled_periods,
                   new);
        add_growth(&sum->throttled_ns, &last->throttled_ns, reading->throttled_ns, new);
    }
    if (known & METER_STOLEN) {
        const bool new = first &METER_STOLEN;
        add_growth(&sum->stolen_ns, &last->stolen_ns, reading->stolen_ns, new);
        add_growth(&sum->wanted_ns, &last->wanted_ns, reading->wanted_ns, new);
    }
    if (known & METER_SWITCHES)
        add_growth(&sum->involuntary_switches, &last->involuntary_switches,
                   reading->involuntary_switches, first & METER_SWITCHES);
    sum->counted |= known & last->known;
    last->known |= known;
}

/* Adds tokens and energy. If the device has an energy counter, skips readings without it. */
static void add_tokens(struct telemetry_turn *turn, const struct meter_reading *reading,
                       uint64_t iterations)
{
    struct telemetry *sum = &turn->sum;
    const uint32_t energy = reading->known & METER_ENERGY;
    const bool first = sum->readings == 0;
    if (!first &&
        (iterations == turn->whole_iterations || energy != (turn->last.known & METER_ENERGY)))
        return;
    if (!first) {
        sum->tokens += (iterations - turn->whole_iterations) * turn->tokens_per_iteration;
        sum->energy_mj += saturating_sub(reading->energy_mj, turn->whole_energy_mj);
        sum->counted |= energy;
    }
    turn->whole_iterations = iterations;
    turn->whole_energy_mj = reading->energy_mj;
    turn->last.known |= energy;
}

void telemetry_add(struct telemetry_turn *turn, const struct meter_reading *reading,
                   uint64_t iterations, uint64_t now_ns)
{
    add_tokens(turn, reading, iterations);
    add_sensors(&turn->sum, reading);
    add_counters(turn, reading);
    if (turn->sum.readings > 0)
        turn->sum.watched_ns += saturating_sub(now_ns, turn->last_ns);
    turn->last_ns = now_ns;
    turn->sum.readings++;
}
