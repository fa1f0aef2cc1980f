/* nginx's cycle: what it knows of its configuration, and so where a worker has its connections and its Lua VM. */
#ifndef HW_CYCLE_H
#define HW_CYCLE_H

#include "target/symbols.h"

enum { CYCLE_MAX_SIZE = 1024 };	/* more than any sizeof(ngx_cycle_t) */

struct cycle {
	uint64_t address;	/* of the worker's ngx_cycle_t; 0: not exported */
	uint64_t version;	/* nginx_version, 1022001 for 1.22.1, as its core module has it; 0: not to be seen */
	uint64_t next_number;	/* that a connection gets, of all workers */
	int32_t channel;	/* the socket on which the master speaks to it; -1: not exported */
};

/* To be read while the worker stands still. */
void cycle_read(struct cycle *c, const struct symbols *s, pid_t pid);
/* The main Lua thread of the "http" or "stream" subsystem; 0 where it has none. */
uint64_t cycle_lua_state(const struct symbols *s, pid_t pid, const char *subsystem);

#endif
