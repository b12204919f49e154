#include "../../src/engine/worker_inbox.h"
#include "unit.h"

static _Alignas(64) struct worker_inbox inbox;

static void begin(void)
{
    inbox = (struct worker_inbox){0};
    worker_inbox_open(&inbox);
}

TestSuite(worker_inbox, .init = begin);

/* Takes what the thread would serve next, and checks that it is not told to quit. */
static const struct request *take(void)
{
    const struct request *request;
    cr_assert(worker_inbox_take(&inbox, &request));
    return request;
}

Test(worker_inbox, the_latest_request_is_taken_once)
{
    struct request request = {.count = 1};
    cr_assert_null(take());
    cr_assert_eq(worker_inbox_post(&inbox, &request), 1);
    request.count = 2;
    cr_assert_eq(worker_inbox_post(&inbox, &request), 2);
    const struct request *taken = take();
    cr_assert_eq(taken->id, 2);
    cr_assert_eq(taken->count, 2);
    cr_assert_null(take());
}

Test(worker_inbox, a_post_stops_the_variant_and_a_take_lets_the_next_run)
{
    const struct request request = {.count = 1};
    worker_inbox_post(&inbox, &request);
    cr_assert(stop_requested(&inbox.stop));
    take();
    cr_assert_not(stop_requested(&inbox.stop));
    worker_inbox_watch(&inbox);
    cr_assert_not(stop_requested(&inbox.stop), "the message was seen before");
}

/* The poster raised `stop`, the thread cleared it, and only then did the message arrive. */
Test(worker_inbox, a_message_that_comes_after_stop_was_cleared_is_found_by_the_watch)
{
    const struct request request = {.count = 1};
    take();
    worker_inbox_post(&inbox, &request);
    inbox.stop = 0;
    worker_inbox_watch(&inbox);
    cr_assert(stop_requested(&inbox.stop));
}

Test(worker_inbox, a_message_wakes_the_thread)
{
    const struct request request = {.count = 1};
    take();
    worker_inbox_post(&inbox, &request);
    worker_inbox_wait(&inbox, UINT64_MAX / 2); /* returns at once */
    cr_assert_not_null(take());
}

Test(worker_inbox, quitting_comes_before_any_request)
{
    const struct request request = {.count = 1}, *taken;
    worker_inbox_post(&inbox, &request);
    worker_inbox_quit(&inbox);
    cr_assert(stop_requested(&inbox.stop));
    cr_assert_not(worker_inbox_take(&inbox, &taken));
    cr_assert_null(taken);
}
