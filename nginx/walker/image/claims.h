/* Who a range of anonymous memory belongs to: claims, weighed by their resident pages. What nobody claims is left over. */
#ifndef HW_CLAIMS_H
#define HW_CLAIMS_H

#include "target/areas.h"
#include "image/pages.h"

struct claim {
	uint64_t start, end;
};

struct claims {
	struct claim *list;
	size_t count, room;
	bool failed;
	uint64_t bytes;		/* resident bytes of those made since this was last set to 0 */
	const struct pages *pages;
	struct areas *areas;
};

void claims_add(struct claims *c, uint64_t start, uint64_t end);

/* A copy of the list by start, to be freed; NULL when memory ran out. */
struct claim *claims_sorted(const struct claims *c);

/* What no claim of a sorted list has, from low addresses to high ones. */
struct gaps {
	const struct claim *sorted;
	size_t count, next;
	uint64_t reach;		/* the furthest end of the claims before `next` */
};

/* The first range from *at on, and before end, that nobody claims; *at is moved to its end. Returns whether there is one. */
bool claims_gap(struct gaps *g, uint64_t *at, uint64_t end, struct claim *gap);

/* The size of the block that an allocator mapped at page and that ends by limit; 0 if there is none. */
typedef uint64_t (*block_at_fn)(struct image *im, uint64_t page, uint64_t limit);

/* Claim large blocks with mappings of their own, in what nobody has claimed yet. Returns the sum of their sizes. */
uint64_t claims_add_large(struct claims *c, struct image *im, block_at_fn block_at);

#endif
