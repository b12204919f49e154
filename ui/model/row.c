#include "row.h"

const char *row_reason(const struct row *row)
{
    bool ended = row->run && row->run->status >= RUN_FAILED;
    return ended ? row->run->error.text : "";
}
