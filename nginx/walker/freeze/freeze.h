/*
** Stopping a worker where its Lua heap is at rest: in epoll_wait, nginx's event loop,
** where no Lua code and no collector step is under way.
*/
#ifndef HW_FREEZE_H
#define HW_FREEZE_H

#include "base/error.h"
#include "freeze/watchdog.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct frozen {
	pid_t pid;
	bool ran_on;		/* it was busy and was run on to epoll_wait */
	uint64_t since_ns;	/* when it stood still */
	uint64_t pause_ns;	/* how long, once released */
};

/*
** Stop pid within timeout_ms. any_syscall accepts every system call as rest: for programs that are no nginx.
** dog: armed; it is told that this process lives for as long as the waiting takes.
** Returns 0; -1 with an error: EXIT_CANNOT_READ, or EXIT_NOT_EXACT where it came to no rest in time.
*/
int freeze_begin(struct frozen *f, pid_t pid, int timeout_ms, bool any_syscall, const struct watchdog *dog, struct error *e);

enum {
	/* Longer than a worker may be busy that still serves anybody: what asks whether it is well gives up by then. */
	FREEZE_TIMEOUT_MS = 10000,
};
void freeze_release(struct frozen *f);

#endif
