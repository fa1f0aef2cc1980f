/*
** musl's malloc since 1.2.1 (mallocng), read from its own lists: areas of metas, each of which describes a group of slots of
** one size and says which are in use. No symbol names where it begins, but its random secret stands there and at the head of
** each area, which nothing else has. A walk counts only if each group points back at its meta.
*/
#ifndef HW_MUSL_H
#define HW_MUSL_H

#include "image/claims.h"
#include "image/zero-data.h"
#include "malloc/glibc.h"
#include "malloc/roots.h"

struct musl {
	struct malloc_totals totals;	/* slots in use, with what rounding and alignment took of them; the rest of their groups is free */
	uint64_t lists_resident;	/* of the areas */
	bool known, failed;		/* failed: memory ran out */
};

/* Where a process's memory is, and what of it somebody has claimed. */
struct musl_memory {
	struct image *im;
	const struct roots *roots;
	const struct zero_data_list *zero_data;
	struct claims *claims;
};

/* List all blocks, and claim all groups and areas; nothing of both where it is not musl's malloc, or not all could be followed. */
void musl_walk(struct musl *m, const struct musl_memory *memory, struct blocks *b);

#endif
