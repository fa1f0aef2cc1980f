#define _GNU_SOURCE
#include "freeze/stop.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>

enum {
	STOPPED_FOR_EVENT = 128,	/* PTRACE_EVENT_STOP */
	MIN_POLL_NS = 20000, MAX_POLL_NS = 2000000,
	POLLS_PER_WAIT = 8,		/* looking is later by no more than an eighth of what was waited already */
	ALIVE_NS = WATCHDOG_MS * 1000000 / 10,
};

_Static_assert(ALIVE_NS < WATCHDOG_MS * 1000000 / 2, "the watchdog is told in time even if one turn is missed");

static uint64_t poll_ns(uint64_t waited_ns)
{
	const uint64_t ns = waited_ns / POLLS_PER_WAIT;

	return ns < MIN_POLL_NS ? MIN_POLL_NS : ns > MAX_POLL_NS ? MAX_POLL_NS : ns;
}

static void tell_dog(struct stop_wait *w, uint64_t now)
{
	if (now - w->told_ns < ALIVE_NS)
		return;
	watchdog_arm(w->dog);
	w->told_ns = now;
}

int stop_next(struct stop_wait *w, pid_t pid, uint64_t until, int *status)
{
	const uint64_t began = clock_monotonic_ns();

	for (;;) {
		pid_t got = waitpid(pid, status, __WALL | WNOHANG);
		const uint64_t now = clock_monotonic_ns();
		struct timespec nap = {0, (long)poll_ns(now - began)};

		tell_dog(w, now);
		if (got == pid)
			return WIFSTOPPED(*status) ? 1 : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		if (now > until)
			return 0;
		nanosleep(&nap, NULL);
	}
}

bool stop_is_syscall(int status)
{
	return WSTOPSIG(status) == (SIGTRAP | 0x80);
}

bool stop_is_interrupt(int status)
{
	return status >> 16 == STOPPED_FOR_EVENT;
}

int stop_signal(int status)
{
	if (stop_is_syscall(status) || stop_is_interrupt(status) || WSTOPSIG(status) == SIGTRAP)
		return 0;
	return WSTOPSIG(status);
}
