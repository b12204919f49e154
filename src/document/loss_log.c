#include "loss_log.h"

#include "../base/files.h"
#include "../base/user_folder.h"
#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_MOST_BYTES (UINT64_C(1) << 20)

bool loss_log_path(char path[PATH_MAX], struct error *error)
{
    return user_path(USER_STATE, "losses.log", path, PATH_MAX, error);
}

bool loss_log(const char *account, struct error *error)
{
    struct document here;
    char path[PATH_MAX], *entry;
    if (!loss_log_path(path, error))
        return false;
    document_describe(&here, &(struct device_info){0}, NULL, 0);
    const int length = asprintf(&entry, "%s pdlab %s (%s), process %d\n%s\n", here.recorded_utc,
                                here.version, here.git_revision, (int)getpid(), account);
    if (length < 0)
        return error_set(error, ERROR_RUN, "no memory for an entry of %s", path);
    const bool appended = file_append(path, entry, (size_t)length, LOG_MOST_BYTES, error);
    free(entry);
    return appended;
}
