#include "ledger.h"

#include "../base/text.h"

#define LEAST 0.005 /* in the displayed unit: a smaller value rounds to 0.00 */

const char *ledger_text(const struct run *run, char *text, size_t size)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double unit = 1, sum = 0;
    size_t power = 0, written = 0;
    *text = '\0';
    for (uint32_t i = 0; i < run->ledger_count; i++)
        sum += (double)run->ledger[i].bytes;
    if (sum <= 0)
        return text;
    for (; sum / unit >= 1000 && power + 1 < sizeof units / sizeof *units; power++)
        unit *= 1000;
    text_append(text, size, "%.2f %s a step:", sum / unit, units[power]);
    for (uint32_t i = 0; i < run->ledger_count; i++)
        if ((double)run->ledger[i].bytes / unit >= LEAST)
            text_append(text, size, "%s %.2f %s", written++ > 0 ? "," : "",
                        (double)run->ledger[i].bytes / unit, run->ledger[i].name);
    return text;
}
