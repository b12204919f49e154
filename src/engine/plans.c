#include "plans.h"

#include <string.h>

const struct planned *plans_find(struct plans *plans, const struct variant *variant,
                                 const struct knobs *knobs, const struct device_info *device)
{
    for (uint32_t i = 0; i < PLANS_KEPT; i++) {
        const struct planned *planned = &plans->list[i];
        if (planned->variant == variant && memcmp(&planned->knobs, knobs, sizeof *knobs) == 0)
            return planned;
    }
    struct planned *planned = &plans->list[plans->made++ % PLANS_KEPT];
    *planned = (struct planned){.variant = variant, .knobs = *knobs};
    planned->runs = variant_plan(variant, knobs, device, &planned->plan, &planned->error);
    return planned;
}
