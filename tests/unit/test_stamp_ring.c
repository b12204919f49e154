#include "../../kernels/plan/stamp_ring.h"
#include "random.h"
#include "unit.h"

/* ---- rows ------------------------------------------------------------------------------------ */

/* Copies rows in blocks, as the host does, and counts how often each slot of each ring is copied.
 */
static void copy_all(uint32_t room, uint32_t first, uint32_t count, uint32_t programs, size_t most,
                     uint32_t *copies)
{
    while (count > 0) {
        struct stamp_block block = stamp_ring_block(room, first, count, programs, most);
        cr_assert_gt(block.rows, 0);
        cr_assert_gt(block.programs, 0);
        cr_assert_leq((size_t)block.rows * block.programs, most,
                      "the block does not fit in the staging memory");
        cr_assert_leq(block.slot + block.rows, room, "a copy wraps around");
        cr_assert_leq(block.rows, count);
        cr_assert_eq(block.slot, first % room);
        for (uint32_t p = 0; p < programs; p += block.programs)
            for (uint32_t i = p; i < p + block.programs && i < programs; i++)
                for (uint32_t row = 0; row < block.rows; row++)
                    copies[i * room + block.slot + row]++;
        first += block.rows;
        count -= block.rows;
    }
}

Test(stamp_ring, every_row_is_copied_once)
{
    uint64_t seed = 3;
    for (int i = 0; i < 3000; i++) {
        const uint32_t room = 1u << random_next(&seed) % 8;
        const uint32_t count = 1 + (uint32_t)(random_next(&seed) % room);
        const uint32_t first = (uint32_t)(random_next(&seed) % 10000);
        const uint32_t programs = 1 + (uint32_t)(random_next(&seed) % 40);
        uint32_t *copies = calloc((size_t)room * programs, sizeof *copies);
        copy_all(room, first, count, programs, 1 + random_next(&seed) % 300, copies);
        for (uint32_t p = 0; p < programs; p++)
            for (uint32_t slot = 0; slot < room; slot++) {
                const bool asked = ((slot - first) & (room - 1)) < count;
                cr_assert_eq(copies[p * room + slot], asked);
            }
        free(copies);
    }
}

/* Programs run at different speeds, and the host polls now and then. Each row of each program is
 * either returned once or counted as left out. */
Test(stamp_ring, rows_are_returned_once_or_counted_as_left_out)
{
    enum { PROGRAMS = 3 };
    const uint32_t room = 16;
    uint64_t seed = 9;
    for (int i = 0; i < 2000; i++) {
        uint32_t rows[PROGRAMS] = {0}, handed = 0;
        uint64_t given[PROGRAMS] = {0}, left_out = 0, all = 0;
        for (int look = 0; look < 20; look++) {
            uint32_t least = UINT32_MAX;
            for (int p = 0; p < PROGRAMS; p++) {
                rows[p] += (uint32_t)(random_next(&seed) % (look % 5 == 0 ? 40 : 6));
                least = rows[p] < least ? rows[p] : least;
            }
            const uint32_t first = stamp_ring_first(handed, least, room / 2);
            if (least <= first)
                continue;
            cr_assert_geq(first, handed);
            cr_assert_leq(least - first, room / 2);
            for (int p = 0; p < PROGRAMS; p++) {
                left_out += stamp_ring_left_out(rows[p], handed, first);
                given[p] += least - first;
            }
            handed = least;
        }
        for (int p = 0; p < PROGRAMS; p++)
            all += given[p];
        cr_assert_eq(all + left_out, (uint64_t)handed * PROGRAMS);
    }
}

/* ---- reports --------------------------------------------------------------------------------- */

/* A program whose clock runs at 0.6 ns per cycle from an arbitrary start. */
static struct gpu_report report_at(uint32_t rows, uint64_t cycles)
{
    const uint64_t clock = UINT64_MAX - 5000, timer_ns = UINT64_C(1) << 60;
    return (struct gpu_report){
        .first_clock = clock,
        .first_timer_ns = timer_ns,
        .last_clock = clock + cycles,
        .last_timer_ns = timer_ns + cycles * 6 / 10,
        .tagged_rows = (uint64_t)GPU_TAG << 32 | rows,
    };
}

Test(stamp_ring, a_clock_becomes_a_time)
{
    const struct gpu_report report = report_at(7, 4000);
    const struct gpu_standing standing = gpu_report_standing(&report);
    uint64_t timer_ns = 0;
    cr_assert_eq(standing.rows, 7);
    cr_assert_float_eq(gpu_standing_after(&standing, report.first_clock + 1000, &timer_ns), 600,
                       1e-6);
    cr_assert_eq(timer_ns, report.first_timer_ns);
    cr_assert_float_eq(gpu_standing_after(&standing, report.first_clock - 1000, &timer_ns), -600,
                       1e-6, "a stamp may lie before the first pair of clocks");
}

/* Every clock of an iteration is accepted, whatever its first clock was. A clock with a wrong high
 * bit is not. */
Test(stamp_ring, an_impossible_clock_is_refused)
{
    uint64_t seed = 5;
    for (int i = 0; i < 1000; i++) {
        const struct gpu_standing standing = {.clock = random_next(&seed)};
        const uint64_t hours = random_next(&seed) >> 18, clock = standing.clock + hours;
        cr_assert(gpu_standing_reaches(&standing, clock));
        cr_assert(gpu_standing_reaches(&standing, standing.clock - hours));
        for (int bit = 50; bit < 64; bit++)
            cr_assert_not(gpu_standing_reaches(&standing, clock ^ UINT64_C(1) << bit));
    }
}

Test(stamp_ring, cycles_become_ns_at_the_rate_of_the_programs_clock)
{
    const struct gpu_report report = report_at(7, 4000), none = {0};
    const struct gpu_standing standing = gpu_report_standing(&report);
    const struct gpu_standing unknown = gpu_report_standing(&none);
    cr_assert_eq(gpu_standing_ns(&standing, 1000), 600);
    cr_assert_eq(gpu_standing_ns(&standing, 0), 0);
    cr_assert_eq(gpu_standing_ns(&unknown, 1000), 0);
}

Test(stamp_ring, a_report_needs_two_different_pairs_of_clocks)
{
    struct gpu_report report = report_at(1, 4000);
    cr_assert(gpu_report_draws_line(&report));
    report.last_clock = report.first_clock;
    cr_assert_not(gpu_report_draws_line(&report));
    cr_assert_eq(gpu_report_standing(&report).slope, 0);
    report = report_at(1, 4000);
    report.last_timer_ns = report.first_timer_ns;
    cr_assert_not(gpu_report_draws_line(&report));
    cr_assert_not(gpu_report_draws_line(&(struct gpu_report){0}));
}

/* A program overwrites its report word by word, in any order. The host reads the report between any
 * two words, and again after all words in flight have arrived. A report that it accepts is the old
 * one or the new one. */
Test(stamp_ring, a_torn_report_is_never_accepted)
{
    uint64_t seed = 5;
    uint32_t whole = 0;
    for (int i = 0; i < 5000; i++) {
        const struct gpu_report old = report_at(4, 1000), new = report_at(8, 9000);
        struct gpu_report live = old, read, again;
        uint64_t *words = (uint64_t *)&live;
        const uint64_t *from = (const uint64_t *)&new;
        size_t order[3] = {offsetof(struct gpu_report, last_timer_ns) / 8,
                           offsetof(struct gpu_report, last_clock) / 8,
                           offsetof(struct gpu_report, tagged_rows) / 8};
        for (size_t n = 3; n > 1; n--) {
            const size_t j = random_below(&seed, n), kept = order[n - 1];
            order[n - 1] = order[j];
            order[j] = kept;
        }
        const size_t arrived = random_below(&seed, 4);
        const size_t later = arrived == 0 && random_below(&seed, 2) ? 0 : 3;
        for (size_t n = 0; n < arrived; n++)
            words[order[n]] = from[order[n]];
        cr_assert(gpu_report_read(&live, &read));
        for (size_t n = arrived; n < later; n++)
            words[order[n]] = from[order[n]];
        gpu_report_read(&live, &again);
        cr_assert_eq(gpu_report_agrees(&read, &again), arrived == later);
        if (arrived != later)
            continue;
        cr_assert(gpu_report_agrees(&read, &old) || gpu_report_agrees(&read, &new));
        whole++;
    }
    cr_assert_gt(whole, 500);
}

Test(stamp_ring, a_report_without_a_launch_is_ignored)
{
    struct gpu_report cleared = {0}, copy;
    cr_assert_not(gpu_report_read(&cleared, &copy));
    cleared.tagged_rows = 5;
    cr_assert_not(gpu_report_read(&cleared, &copy));
}
