/* nginx's shared memory zones: who they belong to, and how full they are. */
#ifndef HW_ZONES_H
#define HW_ZONES_H

#include "symbols.h"

enum { MAX_ZONES = 512 };

struct zone {
	uint64_t start, size;
	char name[128];
	char owner[64];		/* the module that asked for it; empty where it exports no name */
	bool slab;		/* a slab pool was found in it: the rest is known */
	uint64_t used;		/* bytes of chunks and pages in use */
	uint64_t free;		/* bytes of whole free pages: what ngx.shared.DICT:free_space() tells */
	uint64_t capacity;	/* bytes that can be handed out */
};

struct zones {
	struct zone *list;
	size_t count;
};

/* Read the zones of ngx_cycle and their slab pools. The process stands still; others may go on using the zones. */
void zones_read(struct zones *z, const struct symbols *s, const struct maps *maps, pid_t pid);
void zones_free(struct zones *z);

#endif
