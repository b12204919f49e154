#include "version.h"

#include <cjson/cJSON.h>
#include <zlib.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)
#define CJSON_VERSION                                                                              \
    TEXT(CJSON_VERSION_MAJOR) "." TEXT(CJSON_VERSION_MINOR) "." TEXT(CJSON_VERSION_PATCH)

const char version_number[] = PDLAB_VERSION;
const char version_revision[] = PDLAB_GIT_REVISION;
const char version_date[] = PDLAB_DATE;
const char version_built[] =
    "compiler: " COMPILER "\n"
    "CUDA: " PDLAB_NVCC "\n"
    "libraries: ncurses " PDLAB_NCURSES ", cJSON " CJSON_VERSION ", zlib " ZLIB_VERSION "\n";

const char *version_line(void)
{
    return *PDLAB_GIT_REVISION ? "pdlab " PDLAB_VERSION " (" PDLAB_GIT_REVISION ")"
                               : "pdlab " PDLAB_VERSION;
}
