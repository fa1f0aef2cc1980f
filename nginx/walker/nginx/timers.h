/*
** What a worker's event loop has still to run: nginx's timer tree, and the events that are posted for its next turn.
** A timer is a connection's (a time-out, a keepalive) where its event is one of the slots', a module's own where its
** event is one of the module's variables, else it is code's: one that Lua started, a sleep, a wait for a name.
*/
#ifndef HW_TIMERS_H
#define HW_TIMERS_H

#include "nginx/event-loop.h"
#include "nginx/slots.h"

#include <stdio.h>

enum { MAX_DUE = 64 };

struct timers {
	bool known;
	uint64_t pending;			/* but for of_modules */
	uint64_t of_connections;
	uint64_t of_modules;			/* housekeeping: the Lua module looks for ended child processes every second */
	uint64_t due_ms[MAX_DUE];		/* of those that are code's, ascending; posted events are due in 0 */
	size_t ndue;
};

/* From the image and slots that were found; `modules` has where the program and its modules are mapped. */
void timers_read(struct timers *t, const struct event_loop *l, const struct slots *s, const struct symbols *modules);
/* {"pending":n,"dueMs":[...],"ofConnections":n,"ofModules":n}, or null. */
void timers_json(FILE *out, const struct timers *t);

#endif
