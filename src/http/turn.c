/* turn.c: turns of the loop that end in time.
 *
 * libevent works off everything that is ready before it looks again. With a thousand streams that is
 * a thousand callbacks, some 10 us each, and a new connection or a signal waits for all of them. So
 * whoever ends a callback asks whether the turn is spent; if so, the loop is left and entered anew: it
 * looks what else is ready and goes on with what was left, in the order it became ready.
 */
#include "base/date.h"
#include "http/server_private.h"

#define TURN_US 2000u /* after so much time, by the clock, no further callback begins */

bool zd_http__turn_spent(struct zd_http_server *server)
{
    if (zd_clock_mono_us() - server->turn_us < TURN_US)
        return false;
    (void)event_base_loopbreak(server->base);
    return true;
}

void zd_http__turn_last(struct zd_http_server *server)
{
    server->over = true;
    (void)event_base_loopbreak(server->base);
}

/* Counts a turn by the processor time of its thread: what others take of the machine meanwhile is
 * not its work. */
static void count_turn(struct zd_http_gauges *gauges, uint64_t took_us)
{
    gauges->n_turns++;
    gauges->n_slow_turns += took_us > ZD_HTTP_TURN_MAX_US;
    if (took_us > gauges->slowest_turn_us)
        gauges->slowest_turn_us = took_us;
}

bool zd_http__turn_all(struct zd_http_server *server)
{
    uint64_t before = zd_clock_thread_us(), now;
    int ended = 0;

    while (ended == 0 && !server->over) {
        server->turn_us = zd_clock_mono_us();
        ended = event_base_loop(server->base, EVLOOP_ONCE);
        now = zd_clock_thread_us();
        count_turn(&server->gauges, now - before);
        before = now;
    }
    return ended >= 0;
}
