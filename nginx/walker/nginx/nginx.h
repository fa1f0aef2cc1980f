/* What nginx itself knows, read from outside: counters, and which VM belongs to which subsystem. */
#ifndef HW_NGINX_H
#define HW_NGINX_H

#include "target/symbols.h"

#include <stdio.h>

enum { NCOUNTERS = 7 };	/* requests accepted handled active reading writing waiting */

struct counters {
	bool known;		/* false: this build has no stub_status module */
	uint64_t values[NCOUNTERS];
};

/* Read ngx_stat_* of all workers. */
void nginx_counters(struct counters *c, const struct symbols *s, pid_t pid);
void nginx_counters_json(FILE *out, const struct counters *c);
/* The main Lua thread of the "http" or "stream" subsystem; 0 where it has none. */
uint64_t nginx_lua_state(const struct symbols *s, pid_t pid, const char *subsystem);

enum { CYCLE_MAX_SIZE = 1024 };	/* more than any sizeof(ngx_cycle_t) */

/* Where a worker has its connections. */
struct cycle {
	uint64_t address;	/* of its ngx_cycle_t; 0: not exported */
	uint64_t version;	/* nginx_version, 1022001 for 1.22.1, as its core module has it; 0: not to be seen */
	uint64_t next_number;	/* that a connection gets, of all workers */
	int32_t channel;	/* the socket on which the master speaks to it; -1: not exported */
};

/* To be read while the worker stands still. */
void nginx_cycle(struct cycle *c, const struct symbols *s, pid_t pid);

#endif
