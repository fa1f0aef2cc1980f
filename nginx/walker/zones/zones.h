/* nginx's shared memory zones: who they belong to, and how full they are. */
#ifndef HW_ZONES_H
#define HW_ZONES_H

#include "zones/shdict.h"
#include "target/symbols.h"
#include "zones/zone-tree.h"

enum { MAX_ZONES = 512 };

struct zone {
	uint64_t start, size;
	char name[128];
	char owner[64];		/* the module that asked for it; empty where it exports no name */
	const char *kind;	/* what the module uses it for; NULL where that is not known */
	uint64_t name_length;	/* whole, though `name` may be cut */
	struct slab_pool pool;
	uint64_t contents;	/* address of what its module keeps in it; 0: not known */
	struct zone_copy copy;
	struct shdict dict;	/* of a lua_shared_dict, once counted */
	bool has_nodes;
	uint64_t nodes;		/* of nginx's own zones: nodes of the tree that their module keeps, once counted */
	bool slab;		/* a slab pool was found in it: the rest is known */
	uint64_t used;		/* bytes of chunks and pages in use */
	uint64_t free;		/* bytes of whole free pages: what ngx.shared.DICT:free_space() tells */
	uint64_t capacity;	/* bytes that can be handed out */
};

struct zones {
	struct zone *list;
	size_t count;
	uint64_t copied_ms;	/* Unix time: what expired before is expired */
};

/* Read the zones of ngx_cycle and their slab pools. The process stands still; others may go on using the zones. */
void zones_read(struct zones *z, const struct symbols *s, const struct maps *maps, pid_t pid);
/* Make room for what zones_copy will copy, from what the zones hold now. Called before the process stands still. */
void zones_reserve(struct zone_arena *arena, const struct symbols *s, const struct maps *maps, pid_t pid);
/* Copy what their modules keep in them, as far as the arena and the time go. The process stands still. */
void zones_copy(struct zones *z, struct zone_arena *arena, pid_t pid, uint64_t deadline_ns);
/* Count what is in the copies. The process may run. */
void zones_count(struct zones *z);
void zones_free(struct zones *z);

#endif
