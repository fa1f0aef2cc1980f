/*
** A system call in the worker's name, while it stands still at the end of one of its own. Should this process die meanwhile, the
** worker makes that call alone and goes on where it was: a signal frame below its stack, which the call returns into, has all of its
** registers. So there is no moment at which a death here would hurt it.
*/
#ifndef HW_INJECT_H
#define HW_INJECT_H

#include "base/error.h"
#include "freeze/stop.h"
#include "target/areas.h"

/* Instructions of the worker's own code. */
struct inject_code {
	uint64_t call;		/* a system call, and a return */
	uint64_t sigreturn;	/* what a signal handler returns to */
};

/* Look for them in the code that is mapped; the process need not be stopped. Returns 0, or -1 with an error. */
int inject_find(struct inject_code *code, const struct areas *areas, pid_t pid, struct error *e);

struct inject_call {
	long number;
	uint64_t args[4];
	/*
	** It is clone(), and args[1] is filled in: the new process has a frame of its own there, in which it ends. It is traced, and
	** stands still before its first instruction.
	*/
	bool clones;
};

struct inject_result {
	int64_t value;		/* what the call returned, for a failed one less than 0: -errno */
	pid_t child;		/* as this process sees it; 0: none was made */
};

/* The process stands still as freeze_begin() leaves it, and does so afterwards. Returns 0, or -1 with an error; then no call was made. */
int inject_make(struct inject_result *r, pid_t pid, const struct inject_code *code, const struct inject_call *call, const struct watchdog *dog,
		struct error *e);

#endif
