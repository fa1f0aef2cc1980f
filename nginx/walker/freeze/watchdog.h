/*
** A process that kills this one if it stands still while it holds a worker: the kernel
** then releases the worker.
*/
#ifndef HW_WATCHDOG_H
#define HW_WATCHDOG_H

#include <sys/types.h>

struct watchdog {
	int fd;
	pid_t pid;
};

/* Start it. Returns 0, or -1 with errno. */
int watchdog_start(struct watchdog *w);
/* Every call while armed is a sign of life; none for WATCHDOG_MS and the watchdog kills. */
void watchdog_arm(const struct watchdog *w);
void watchdog_disarm(const struct watchdog *w);
void watchdog_stop(struct watchdog *w);

enum { WATCHDOG_MS = 700 };

#endif
