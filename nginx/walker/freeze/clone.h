/*
** A clone of the worker, to be read in its place: made copy-on-write while the worker stands still, which may then go on. It shares the
** worker's table of descriptors, so it keeps nothing open; it never runs an instruction; and the worker is sent no signal when it ends.
*/
#ifndef HW_CLONE_H
#define HW_CLONE_H

#include "freeze/freeze.h"
#include "freeze/inject.h"

struct clone {
	pid_t pid;		/* 0: there is none */
	pid_t of;		/* the worker */
	pid_t named;		/* what the worker calls it, in a container */
	struct inject_code code;
};

/*
** Whether the worker may be cloned, and how. It is not stopped; the memory for a copy of it is not yet taken. Returns 0, or -1 with an
** error that says what stands in the way.
*/
int clone_prepare(struct clone *c, pid_t of, struct error *e);
/* The worker stands still, in its event loop, and does so afterwards; areas: what it has now. Returns 0, or -1 with an error. */
int clone_make(struct clone *c, const struct areas *areas, const struct watchdog *dog, struct error *e);
/*
** End it. The worker is stopped once more, for as long as one system call takes, and collects it. Returns how long that was, in ns. Sets
** c->pid to 0, unless the worker came to no rest within timeout_ms: then what is left of the clone, its number, stays until the worker ends.
*/
uint64_t clone_end(struct clone *c, int timeout_ms, const struct watchdog *dog);

#endif
