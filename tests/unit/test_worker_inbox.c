#include "../../src/engine/worker_inbox.h"
#include "unit.h"

#include <pthread.h>

#define MESSAGES 200000u

static _Alignas(64) struct worker_inbox inbox;
static const struct request request = {.count = 1};

static void begin(void)
{
    inbox = (struct worker_inbox){0};
    worker_inbox_open(&inbox);
}

TestSuite(worker_inbox, .init = begin);

/* Takes the request that the thread would serve next; NULL: none. Fails if the thread must quit. */
static const struct request *take(void)
{
    const struct request *taken;
    cr_assert(worker_inbox_take(&inbox, &taken));
    return taken;
}

Test(worker_inbox, the_latest_request_is_taken_once)
{
    const struct request second = {.count = 2};
    cr_assert_null(take());
    cr_assert_eq(worker_inbox_post(&inbox, &request), 1);
    cr_assert_eq(worker_inbox_post(&inbox, &second), 2);
    const struct request *taken = take();
    cr_assert_eq(taken->id, 2);
    cr_assert_eq(taken->count, 2);
    cr_assert_null(take());
}

Test(worker_inbox, a_post_stops_the_variant_and_a_take_lets_the_next_run)
{
    worker_inbox_post(&inbox, &request);
    cr_assert(stop_requested(&inbox.stop));
    take();
    cr_assert_not(stop_requested(&inbox.stop));
    worker_inbox_watch(&inbox);
    cr_assert_not(stop_requested(&inbox.stop), "the message was seen already");
}

/* The sender raised `stop`, and the thread cleared it, before the message arrived. */
Test(worker_inbox, a_message_that_comes_after_stop_was_cleared_is_found_by_the_watch)
{
    take();
    worker_inbox_post(&inbox, &request);
    inbox.stop = 0;
    worker_inbox_watch(&inbox);
    cr_assert(stop_requested(&inbox.stop));
}

Test(worker_inbox, a_message_wakes_the_thread)
{
    take();
    worker_inbox_post(&inbox, &request);
    worker_inbox_wait(&inbox, UINT64_MAX / 2); /* returns at once */
    cr_assert_not_null(take());
}

Test(worker_inbox, quitting_comes_before_any_request)
{
    const struct request *taken;
    worker_inbox_post(&inbox, &request);
    worker_inbox_quit(&inbox);
    cr_assert(stop_requested(&inbox.stop));
    cr_assert_not(worker_inbox_take(&inbox, &taken));
    cr_assert_null(taken);
}

static void *post_all(void *context)
{
    (void)context;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        struct request posted = {.count = 1};
        for (int k = 0; k < KNOB_COUNT; k++)
            posted.knobs.value[k] = (int64_t)i;
        worker_inbox_post(&inbox, &posted);
    }
    return NULL;
}

Test(worker_inbox, the_thread_sees_whole_requests_in_order_and_the_last_one, .timeout = 60)
{
    pthread_t poster;
    uint64_t last = 0;
    cr_assert_null(take());
    cr_assert_eq(pthread_create(&poster, NULL, post_all, NULL), 0);
    while (last < MESSAGES) {
        const struct request *taken = take();
        if (!taken) {
            worker_inbox_wait(&inbox, UINT64_C(10000000000));
            continue;
        }
        cr_assert_gt(taken->id, last);
        for (int k = 0; k < KNOB_COUNT; k++)
            cr_assert_eq(taken->knobs.value[k], (int64_t)taken->id, "a mixture of two requests");
        last = taken->id;
    }
    pthread_join(poster, NULL);
    cr_assert_null(take());
}
