#include "chart.h"

#include <math.h>
#include <string.h>

#define LEAST_NS   1.0                         /* the minimum of a logarithmic axis */
#define MOST_NS    ((double)HISTOGRAM_MOST_NS) /* the maximum of every axis */
#define LEAST_SPAN 1.02                        /* the smallest ratio of a zoomed axis's ends */
#define LEAST_FIT  1.5 /* the same for a fitted axis, so that it does not magnify noise */

/* Fitting excludes about this many samples at either end, but at least 0.1 % and at most 5 %: the
 * axis never narrows, so an early outlier would stretch it for good. */
#define FIT_LEAVES_OUT 10.0

/* The share of samples that axis_widen_to_most excludes at either end. */
#define MOST_LEAVES_OUT 0.01

/* ---- the axis ------------------------------------------------------------------------------- */

#define CLOSE 1e-9 /* numbers are equal if their relative difference is below this */

/* Round numbers within a decade, at which an axis may end. */
static const double round_numbers[] = {1, 1.5, 2, 3, 4, 5, 7, 10};
#define ROUND_NUMBERS (int)(sizeof round_numbers / sizeof *round_numbers)

/* The next round number at or below `value`, at least LEAST_NS. */
static double round_down(double value)
{
    if (value <= LEAST_NS)
        return LEAST_NS;
    double decade = axis_decade(value);
    int i = ROUND_NUMBERS - 1;
    while (i > 0 && round_numbers[i] * decade > value * (1 + CLOSE))
        i--;
    return round_numbers[i] * decade;
}

/* The next round number at or above `value`, at least LEAST_NS. */
static double round_up(double value)
{
    if (value <= LEAST_NS)
        return LEAST_NS;
    double decade = axis_decade(value);
    int i = 0;
    while (i < ROUND_NUMBERS - 1 && round_numbers[i] * decade < value * (1 - CLOSE))
        i++;
    return round_numbers[i] * decade;
}

/* The lower end of a logarithmic axis: the shortest duration above 0. Gaps of 0 ns are common, but
 * cannot be shown. */
static double least_above_zero(const struct histogram *histogram)
{
    for (uint32_t i = histogram->first; i <= histogram->last; i++) {
        uint64_t lower, upper;
        histogram_bounds(i, &lower, &upper);
        if (lower > 0 && histogram_count_at(histogram, i) > 0)
            return (double)lower;
    }
    return LEAST_NS;
}

/* Computes round ends for an axis of all samples except a share `left_out` at either end. */
static void wanted_ends(const struct histogram *histogram, double left_out, bool linear,
                        double *low, double *high)
{
    double first = (double)histogram_percentile(histogram, left_out);
    double last = (double)histogram_percentile(histogram, 1 - left_out) + 1;
    if (linear) {
        double step = round_up((last - first) / 8);
        *low = floor(first / step) * step;
        *high = ceil(last / step) * step;
        return;
    }
    *low = round_down(first > 0 ? first : least_above_zero(histogram));
    *high = round_up(last);
    if (*high < LEAST_FIT * *low)
        *high = round_up(LEAST_FIT * *low);
}

/* Computes wanted_ends, limited to MOST_NS. */
static void possible_ends(const struct histogram *histogram, double left_out, bool linear,
                          double *low, double *high)
{
    wanted_ends(histogram, left_out, linear, low, high);
    *low = fmin(*low, MOST_NS / LEAST_FIT);
    *high = fmin(*high, MOST_NS);
}

static double share_left_out(const struct histogram *histogram)
{
    return fmin(fmax(FIT_LEAVES_OUT / (double)histogram->count, 0.001), 0.05);
}

bool axis_fit(struct axis *axis, const struct histogram *histogram)
{
    if (histogram->count == 0)
        return false;
    possible_ends(histogram, share_left_out(histogram), axis->linear, &axis->low_ns,
                  &axis->high_ns);
    axis->held = false;
    return true;
}

static bool widen(struct axis *axis, const struct histogram *histogram, double left_out)
{
    if (axis->held || histogram->count == 0)
        return false;
    double low, high;
    possible_ends(histogram, left_out, axis->linear, &low, &high);
    if (axis->high_ns <= 0)
        axis->low_ns = low;
    if (low >= axis->low_ns && high <= axis->high_ns)
        return false;
    axis->low_ns = fmin(low, axis->low_ns);
    axis->high_ns = fmax(high, axis->high_ns);
    return true;
}

bool axis_widen(struct axis *axis, const struct histogram *histogram)
{
    if (axis->high_ns <= 0)
        return axis_fit(axis, histogram);
    return widen(axis, histogram, share_left_out(histogram));
}

bool axis_widen_to_most(struct axis *axis, const struct histogram *histogram)
{
    return widen(axis, histogram, MOST_LEAVES_OUT);
}

void axis_zoom(struct axis *axis, double factor, double centre_ns)
{
    if (axis->high_ns <= 0)
        return;
    double centre = fmin(fmax(axis_position(axis, centre_ns), 0), 1);
    double reach = 1 / factor;
    double low = axis_value(axis, centre - centre * reach);
    double high = axis_value(axis, centre + (1 - centre) * reach);
    low = fmax(low, axis->linear ? 0 : LEAST_NS);
    high = fmin(high, MOST_NS);
    if (axis->linear ? high - low < LEAST_NS : high < low * LEAST_SPAN)
        return;
    axis->low_ns = low;
    axis->high_ns = high;
    axis->held = true;
}

/* ---- columns -------------------------------------------------------------------------------- */

/* Distributes `count` samples of [lower, upper) over the columns with the given edges. `column` is
 * the first that may overlap the range. */
static void share_out(struct chart *chart, const double *edges, unsigned column, double lower,
                      double upper, double count)
{
    double density = count / (upper - lower);
    if (lower < edges[0])
        chart->below += density * (fmin(upper, edges[0]) - lower);
    for (; column < chart->columns && edges[column] < upper; column++) {
        double overlap = fmin(upper, edges[column + 1]) - fmax(lower, edges[column]);
        if (overlap > 0)
            chart->counts[column] += density * overlap;
    }
    if (upper > edges[chart->columns])
        chart->above += density * (upper - fmax(lower, edges[chart->columns]));
}

void chart_count(struct chart *chart, const struct histogram *histogram, const struct axis *axis,
                 unsigned columns)
{
    double edges[CHART_COLUMNS + 1];
    chart->columns = columns < CHART_COLUMNS ? columns : CHART_COLUMNS;
    chart->below = chart->above = chart->most = 0;
    chart->beyond = 0;
    memset(chart->counts, 0, sizeof chart->counts);
    if (histogram->count == 0 || axis->high_ns <= 0 || chart->columns == 0)
        return;
    for (unsigned i = 0; i <= chart->columns; i++)
        edges[i] = axis_value(axis, (double)i / chart->columns);
    unsigned column = 0;
    for (uint32_t i = histogram->first; i <= histogram->last; i++) {
        uint64_t count = histogram_count_at(histogram, i);
        if (count == 0)
            continue;
        uint64_t lower, upper;
        histogram_bounds(i, &lower, &upper);
        if (upper > HISTOGRAM_MOST_NS && histogram_beyond(histogram) > 0) {
            chart->beyond = count;
            break;
        }
        upper = upper < HISTOGRAM_MOST_NS ? upper : HISTOGRAM_MOST_NS;
        while (column < chart->columns && edges[column + 1] <= (double)lower)
            column++;
        share_out(chart, edges, column, (double)lower, (double)upper, (double)count);
    }
    for (unsigned i = 0; i < chart->columns; i++)
        chart->most = fmax(chart->most, chart->counts[i]);
}

int chart_column(const struct axis *axis, double ns, unsigned columns)
{
    const double position = axis_position(axis, ns);
    if (position < 0)
        return -1;
    /* A percentile beyond the histogram's range is shown at the end of an axis that reaches that
     * range's end. */
    if (ns >= MOST_NS && ns <= axis->high_ns)
        return (int)columns - 1;
    return (int)(position * columns);
}

unsigned chart_height(const struct chart *chart, unsigned column, unsigned levels, bool log_counts)
{
    double count = column < chart->columns ? chart->counts[column] : 0;
    if (count <= 0 || levels == 0)
        return 0;
    double share = log_counts ? log1p(count) / log1p(chart->most) : count / chart->most;
    unsigned height = (unsigned)lround(share * levels);
    return height == 0 ? 1 : height > levels ? levels : height;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* Whether columns [start, start + width) of `row` are free of placed labels, and of the vertical
 * lines of labels in the rows above. */
static bool is_free(const struct label *labels, unsigned count, unsigned self, unsigned start,
                    unsigned width, unsigned row)
{
    for (unsigned i = 0; i < count; i++) {
        const struct label *other = &labels[i];
        if (i == self || !other->placed)
            continue;
        if (other->row == row && start < other->start + other->width + 1 &&
            other->start < start + width + 1)
            return false;
        if (other->row <= row && other->column >= start && other->column < start + width)
            return false;
    }
    return true;
}

/* Whether a vertical line down from `row` in `column` crosses a placed label. */
static bool crosses(const struct label *labels, unsigned count, unsigned column, unsigned row)
{
    for (unsigned i = 0; i < count; i++)
        if (labels[i].placed && labels[i].row >= row && column >= labels[i].start &&
            column < labels[i].start + labels[i].width)
            return true;
    return false;
}

static bool try_place(struct label *labels, unsigned count, unsigned self, unsigned columns,
                      unsigned row)
{
    struct label *label = &labels[self];
    unsigned right = label->column + 1;
    bool fits_right = right + label->width <= columns;
    bool fits_left = label->column >= label->width;
    if (crosses(labels, count, label->column, row))
        return false;
    if (fits_right && is_free(labels, count, self, right, label->width, row))
        label->start = right;
    else if (fits_left &&
             is_free(labels, count, self, label->column - label->width, label->width, row))
        label->start = label->column - label->width;
    else
        return false;
    label->row = row;
    label->placed = true;
    return true;
}

void chart_place(struct label *labels, unsigned count, unsigned columns, unsigned rows)
{
    for (unsigned i = 0; i < count; i++)
        labels[i].placed = false;
    for (unsigned i = 0; i < count; i++)
        for (unsigned row = 0; row < rows && !labels[i].placed; row++)
            try_place(labels, count, i, columns, row);
}
