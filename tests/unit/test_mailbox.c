#include "../../src/engine/mailbox.h"
#include "unit.h"

#include <pthread.h>

#define MESSAGES 200000u

static struct mailbox mailbox;

static void *post_all(void *context)
{
    (void)context;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        struct request request = {.id = i};
        for (int k = 0; k < KNOB_COUNT; k++)
            request.knobs.value[k] = (int64_t)i;
        mailbox_post(&mailbox, &request);
    }
    return NULL;
}

Test(mailbox, the_reader_sees_whole_requests_in_order_and_the_last_one, .timeout = 60)
{
    pthread_t poster;
    uint64_t last = 0;
    mailbox_open(&mailbox);
    cr_assert_null(mailbox_take(&mailbox));
    cr_assert_eq(pthread_create(&poster, NULL, post_all, NULL), 0);
    while (last < MESSAGES) {
        uint32_t seen = mailbox_messages(&mailbox);
        const struct request *request = mailbox_take(&mailbox);
        if (!request) {
            mailbox_wait(&mailbox, seen, UINT64_C(10000000000));
            continue;
        }
        cr_assert_gt(request->id, last);
        for (int k = 0; k < KNOB_COUNT; k++)
            cr_assert_eq(request->knobs.value[k], (int64_t)request->id,
                         "a mixture of two requests");
        last = request->id;
    }
    pthread_join(poster, NULL);
    cr_assert_null(mailbox_take(&mailbox));
}

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
