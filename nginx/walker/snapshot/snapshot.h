/* One worker's heap at one moment: taken while it stands still, written at leisure. */
#ifndef HW_SNAPSHOT_H
#define HW_SNAPSHOT_H

#include "base/error.h"
#include "snapshot/estimate.h"
#include "footprint/footprint.h"
#include "target/core.h"
#include "nginx/counters.h"
#include "nginx/cycle.h"
#include "nginx/event-loop.h"
#include "nginx/timers.h"
#include "luajit/vm.h"

#include <stdio.h>

#define HEAPWALK_VERSION "0.1.0"
#define HEAP_FORMAT "resty-heap/1"

struct options {
	int timeout_ms;		/* for coming to rest; default FREEZE_TIMEOUT_MS */
	bool any_process;	/* not only nginx: any system call counts as rest */
	int max_pause_ms;	/* refused where the estimate is above, given up where the copying is; 0: no limit */
	bool retained;		/* retained bytes of each path as well */
	uint64_t retained_most;	/* of heaps with no more objects and references; 0: of any */
	bool details;		/* what is free in the allocators, and strings by size, as well */
	bool fork;		/* a clone of the process is read in its place, and the process stands still for the cloning alone */
	bool heap_only;		/* no rows of the whole process's memory: the shortest pause */
	const char *save_image;	/* also write the raw memory to this file */
};

struct snapshot {
	pid_t pid;
	bool of_core;			/* read from a core file, which `core` describes */
	struct core_facts core;
	uint64_t taken_ms, pause_ns;
	uint64_t prepare_ns;		/* before the freeze: symbols, and memory for the copy */
	bool ran_on;
	bool cloned;			/* a clone was read */
	pid_t zombie;			/* of which this is left, as the process did not rest in time; 0: nothing */
	int attempts;
	bool retained;
	uint64_t retained_most;
	bool details;
	unsigned long long rss;
	struct counters counters;
	struct cycle cycle;
	struct event_loop event_loop;
	struct symbols symbols;
	uint64_t http_lua, stream_lua;
	struct image image;
	struct zone_arena zone_arena;
	struct footprint footprint;
};

/* Freeze, copy, release. Returns 0, or -1 with an error; the process runs on in every case. */
int snapshot_take(struct snapshot *s, pid_t pid, const struct options *o, struct error *e);
/* The same from a core file; see core_open(). */
int snapshot_read_core(struct snapshot *s, const char *file, const struct core_files *files, struct error *e);
/* Find the VMs, prove and mark them, write resty-heap/1. Returns 0, or -1 with an error. */
int snapshot_write(struct snapshot *s, FILE *out, struct error *e);
/* The same to a file that is complete or absent, or to stdout (file NULL). */
int snapshot_write_to(struct snapshot *s, const char *file, struct error *e);
void snapshot_free(struct snapshot *s);

/* All of it, again where a snapshot was not exact; to a file that is complete or absent, or stdout (file NULL). */
int snapshot_to_file(pid_t pid, const struct options *o, const char *file, struct error *e);

/* The same, with the copy read by a child process: nothing in it can take this process down. */
int snapshot_to_file_isolated(pid_t pid, const struct options *o, const char *file, struct error *e);

/* What a snapshot would stop the process for, without stopping it. */
int snapshot_estimate(pid_t pid, const struct options *o, struct estimate *to, struct error *e);

/* nginx's counters alone, without a freeze. */
int snapshot_counters(pid_t pid, struct counters *c, struct error *e);

#endif
