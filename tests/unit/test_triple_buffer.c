#include "../../src/base/triple_buffer.h"
#include "unit.h"

#include <pthread.h>

#define MESSAGES 200000u

static struct triple_buffer triple;
static uint64_t slots[3][64];

static void *publish_all(void *context)
{
    (void)context;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        for (int word = 0; word < 64; word++)
            slots[triple.back][word] = i;
        triple_publish(&triple);
    }
    return NULL;
}

Test(triple_buffer, the_reader_never_sees_half_a_value, .timeout = 60)
{
    pthread_t writer;
    uint64_t last = 0;
    triple_open(&triple);
    cr_assert_not(triple_take(&triple));
    cr_assert_eq(pthread_create(&writer, NULL, publish_all, NULL), 0);
    while (last < MESSAGES) {
        if (!triple_take(&triple))
            continue;
        const uint64_t *slot = slots[triple.front];
        cr_assert_gt(slot[0], last, "an older value after a newer one");
        for (int word = 1; word < 64; word++)
            cr_assert_eq(slot[word], slot[0]);
        last = slot[0];
    }
    pthread_join(writer, NULL);
    cr_assert_not(triple_take(&triple));
}
