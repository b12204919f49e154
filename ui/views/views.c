#include "views.h"

void (*const view_draw[VIEW_COUNT])(const struct screen *screen) = {
#define VIEW(ID, word, ...) [VIEW_##ID] = view_##word##_draw,
#include "../model/views.def"
#undef VIEW
};
