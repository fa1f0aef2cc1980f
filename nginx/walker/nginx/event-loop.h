/* Where a worker's event loop keeps what it has still to run. */
#ifndef HW_EVENT_LOOP_H
#define HW_EVENT_LOOP_H

#include "target/symbols.h"

enum { NQUEUES = 4 };

/* Its timer tree and queues, and what time it is there. Read while the worker stands still. */
struct event_loop {
	bool known;
	uint64_t root, sentinel;		/* of ngx_event_timer_rbtree */
	uint64_t now_ms;			/* on the clock of the tree's keys */
	struct posted {
		uint64_t address, first;	/* of a queue's head; address 0: this nginx has no such queue */
	} queues[NQUEUES];
};

void event_loop_read(struct event_loop *l, const struct symbols *s, pid_t pid);

#endif
