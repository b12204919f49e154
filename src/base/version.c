#include "version.h"

const char *version_number(void)
{
    return PDLAB_VERSION;
}

const char *version_revision(void)
{
    return PDLAB_GIT_REVISION;
}

const char *version_date(void)
{
    return PDLAB_DATE;
}

const char *version_line(void)
{
    return *PDLAB_GIT_REVISION ? "pdlab " PDLAB_VERSION " (" PDLAB_GIT_REVISION ")"
                               : "pdlab " PDLAB_VERSION;
}
