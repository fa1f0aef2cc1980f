/* Blocks that nobody holds: no word of the process points at them any more. */
#ifndef HW_LOST_H
#define HW_LOST_H

#include "malloc/glibc.h"
#include "malloc/holders.h"
#include "target/symbols.h"

#include <stdio.h>

/* Lost blocks that are alike: of one size, or that begin with an address of one place in a library. */
struct lost_kind {
	uint64_t key;
	struct tally lost;
};

struct lost_kinds {
	struct lost_kind *list;
	size_t count, room;
};

struct lost {
	struct tally all;
	struct tally direct;		/* that no lost block points at; of a ring of lost blocks, one */
	struct lost_kinds sizes, places;
	bool failed;			/* memory ran out */
};

/*
** Called once all holders have taken what they hold; marks the lost blocks as well. allocator: where libc has the main
** arena's lists, which blocks of which nothing was written still point at.
*/
void lost_find(struct lost *l, struct holders *h, const struct symbols *s, struct arena_span allocator);
/* {"blocks":n,"bytes":n,"direct":[n,n],"sizes":[[size,blocks],...],"libraries":[["name",blocks,bytes],...]} */
void lost_json(FILE *out, const struct lost *l, const struct symbols *s);
void lost_free(struct lost *l);

#endif
