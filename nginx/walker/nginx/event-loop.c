#include "nginx/event-loop.h"
#include "base/clock.h"
#include "target/core.h"
#include "nginx/queue.h"

#include <string.h>

enum { NS_PER_MS = 1000000 };

/* Not every nginx has all: `next` came with 1.17.5, `delayed` is OpenResty's. */
static const char *const queue_names[NQUEUES] = {"ngx_posted_accept_events", "ngx_posted_next_events", "ngx_posted_events",
						 "ngx_posted_delayed_events"};

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/*
** ngx_current_msec stands still while the worker sleeps, so the time is read anew, on the clock that nginx took it from:
** the monotonic one, or time of day where a build has none (and before 1.13.10). The two are decades apart. A core has no
** other time than that.
*/
static uint64_t now_ms(uint64_t current_ms)
{
	const uint64_t monotonic = clock_monotonic_ns() / NS_PER_MS, wall = clock_unix_ms();

	return distance(current_ms, monotonic) < distance(current_ms, wall) ? monotonic : wall;
}

void event_loop_read(struct event_loop *l, const struct symbols *s, pid_t pid)
{
	const uint64_t tree = symbols_find(s, "ngx_event_timer_rbtree"), current = symbols_find(s, "ngx_current_msec");
	uint64_t words[2], current_ms;

	memset(l, 0, sizeof(*l));
	if (tree == 0 || current == 0 || memory_read(pid, raddr(tree), words, sizeof(words)) != 0 ||
	    memory_read(pid, raddr(current), &current_ms, sizeof(current_ms)) != 0)
		return;
	l->root = words[0];
	l->sentinel = words[1];
	l->now_ms = pid == CORE ? current_ms : now_ms(current_ms);
	for (int i = 0; i < NQUEUES; i++) {
		struct posted *queue = &l->queues[i];

		queue->address = symbols_find(s, queue_names[i]);
		if (queue->address && memory_read(pid, raddr(queue->address + QUEUE_NEXT), &queue->first, 8) != 0)
			return;
	}
	l->known = l->root != 0 && l->sentinel != 0;
}
