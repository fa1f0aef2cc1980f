/* Memory of malloc: the arenas and large blocks of glibc, or the groups of musl. */
#ifndef HW_MALLOC_MEMORY_H
#define HW_MALLOC_MEMORY_H

#include "footprint/rows.h"
#include "image/claims.h"
#include "malloc/blocks.h"
#include "malloc/musl.h"

/* What was claimed. */
struct malloc_memory {
	struct malloc_totals main, others, large;
	struct arena_span main_state;	/* see glibc.h */
	struct musl musl;		/* where it is not glibc's */
	bool main_known, bins_known, failed;
};

/* Claim glibc's arenas and large blocks, or musl's groups, and list their blocks in use. */
void malloc_memory_claim(struct malloc_memory *mm, const struct musl_memory *from, const struct libc_data *libc, struct blocks *blocks);
/* Write ,"arenas":[...]: what of glibc's arenas is free, by size. Nothing where its chunks are not known. */
void malloc_memory_write_arenas(FILE *out, const struct malloc_memory *mm);
void malloc_memory_add_rows(struct rows *r, const struct malloc_memory *mm);
/* Which allocator hands out memory where it is neither glibc's nor musl's that could be followed; NULL where it is. */
const char *malloc_memory_foreign(const struct malloc_memory *mm, const struct areas *areas);

#endif
