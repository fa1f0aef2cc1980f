/* Stops of a process that this one traces: waiting for the next, and telling them apart. */
#ifndef HW_STOP_H
#define HW_STOP_H

#include "freeze/watchdog.h"

#include <stdbool.h>
#include <stdint.h>

/* A wait of many stops, in which the watchdog is told that all is well. */
struct stop_wait {
	const struct watchdog *dog;
	uint64_t told_ns;	/* when the dog was last told */
};

/*
** Wait for a stop until then, on the monotonic clock. Returns 1 stopped, 0 still running by then, -1 gone. Meanwhile the process
** runs; but it would stand still, with its next system call, if this one did. So the watchdog goes on watching.
*/
int stop_next(struct stop_wait *w, pid_t pid, uint64_t until, int *status);

/* At the beginning or the end of a system call. */
bool stop_is_syscall(int status);
/* Asked for by PTRACE_INTERRUPT, or a process's first stop. */
bool stop_is_interrupt(int status);
/* The signal that is on its way to the process; 0: it is another stop. */
int stop_signal(int status);

#endif
