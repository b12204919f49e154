#include "workload.h"

/* The squared error of a row. */
static double row_error2(const double *expected, const float *row, uint32_t columns)
{
    double error2 = 0;
    for (uint32_t d = 0; d < columns; d++) {
        const double error = row[d] - expected[d];
        error2 += error * error;
    }
    return error2;
}

void workload_compare_rows(const struct knobs *knobs, const struct workload_part *part,
                           const struct workload_expected *expected, const float *rows,
                           struct workload_sum *sum)
{
    (void)knobs;
    for (size_t row = 0; row < part->rows; row++) {
        const size_t at = row * part->columns;
        sum->error2 += row_error2(expected->rows + at, rows + at, part->columns);
        sum->norm2 += expected->sizes[row];
    }
}

void workload_compare_steps(const struct knobs *knobs, const struct workload_part *part,
                            const struct workload_expected *expected, const float *rows,
                            struct workload_sum *sum)
{
    (void)knobs;
    for (size_t row = 0; row < part->rows; row++) {
        const size_t at = row * part->columns;
        sum->error2 +=
            row_error2(expected->rows + at, rows + at, part->columns) / expected->sizes[row];
        sum->norm2 += 1;
    }
}
