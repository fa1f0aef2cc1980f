/* How long a snapshot would stop a process, found out without stopping it. */
#ifndef HW_ESTIMATE_H
#define HW_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct estimate {
	uint64_t copy_bytes;	/* what a snapshot would copy */
	uint64_t pause_us;
};

/* fork: a clone is copied, and the process stands still for the cloning. Returns 0, or -1 with errno. */
int estimate_pause(struct estimate *e, pid_t pid, bool heap_only, bool fork);

#endif
